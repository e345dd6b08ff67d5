"""Operations: what works, dead letters looked at and sent again, and a gateway that goes away."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from broker.dead_letters import dead_letter
from broker.topology import BULK
from broker.transport.publisher import Publisher
from local_stack.processes.supervisor import Supervisor
from sql.base.tables import dead_letters
from tests.end_to_end.ui.conftest import beside_the_browser
from tests.end_to_end.ui.visitor import Visitor
from tests.support.ingestion.planning import plan_part
from tests.support.pipeline import bulk_part, equipment_rows
from tests.support.running_stack import RunningStack
from tests.support.waiting import eventually

CAUSE = "the disk of the worker was full"


def test_operations_shows_the_ledger(visitor: Visitor, stack: RunningStack, dropped: UUID) -> None:
    visitor.open()
    visitor.timed("operations", lambda: visitor.go("Operations"))
    visitor.sees("Rows sent now are predicted")
    visitor.sees("served: Equipment failure")
    visitor.page.get_by_text("predict.bulk.retry").wait_for(state="attached")  # a table is a picture with hidden cells
    visitor.page.wait_for_timeout(500)
    assert visitor.violations() == []


@pytest.fixture
def letter(stack: RunningStack) -> UUID:
    """A part that nobody could predict, put aside by the pipeline itself; gives its batch."""
    batch = uuid4()
    part = bulk_part(equipment_rows(30, seed=41), batch)
    plan_part(stack.engine, part, batch)
    put_aside = dead_letter(
        body=part.body,
        content_type=part.content_type,
        headers=part.headers,
        message_id=part.message_id,
        origin=BULK,
        exchange=part.exchange,
        routing_key=part.routing_key,
        cause=CAUSE,
    )

    async def publish() -> None:
        async with Publisher(stack.settings["SMARTPREDICT_BROKER_URL"], "test") as publisher:
            await publisher.publish(put_aside)

    beside_the_browser(publish())
    known = select(dead_letters.c.letter_id).where(dead_letters.c.batch_id == batch)

    def stored() -> bool:
        with stack.engine.connect() as connection:
            return connection.execute(known).first() is not None

    eventually(stored)
    return batch


def test_a_dead_letter_is_looked_at_and_sent_again(visitor: Visitor, stack: RunningStack, letter: UUID) -> None:
    visitor.open("Operations")
    table = visitor.page.get_by_test_id("stDataFrame").last
    visitor.tick_first_row(table)
    visitor.sees(f"Cause: {CAUSE}")
    visitor.sees("M-41-0")  # a row of the letter
    visitor.picture("dead-letters")
    assert visitor.violations() == []
    visitor.press("Send 1 letter again")
    visitor.sees("1 letter sent again")
    eventually(lambda: stack.predicted(letter) == 30)
    assert stack.stored_rows(letter) == (30, 30)
    visitor.choose("Sent again")
    visitor.page.get_by_text(CAUSE).first.wait_for(state="attached")  # a table is a picture with hidden cells


@pytest.fixture
def stopped_gateway(stack: RunningStack) -> Iterator[Supervisor]:
    supervisor = Supervisor(stack.folders)
    supervisor.stop(["gateway"])
    yield supervisor
    supervisor.start(["gateway"])
    stack.wait_whole(60)


def test_a_gateway_that_is_stopped_and_started_again(
    visitor: Visitor, stack: RunningStack, stopped_gateway: Supervisor
) -> None:
    visitor.open("Operations")
    visitor.sees("The gateway cannot be reached")
    assert visitor.page.get_by_text("Traceback").count() == 0
    stopped_gateway.start(["gateway"])
    stack.wait_whole(60)
    visitor.sees("Rows sent now are predicted", 15)
    visitor.go("Predict")
    visitor.press("Predict")
    visitor.sees("Model version")
