"""What cannot be handled ends where a person finds it, and is predicted once its cause is gone."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import aio_pika
import pyarrow as pa
import pytest

from broker.ids import batch_id_of_message
from broker.topology import BULK, DELIVERY_LIMIT, INBOX
from broker.transport.publisher import Outgoing, Publisher
from local_stack.processes.supervisor import Supervisor
from tests.support.ingestion.planning import plan_part
from tests.support.pipeline import EQUIPMENT, IRIS, bulk_part, equipment_rows
from tests.support.running_stack import RunningStack, audit
from tests.support.waiting import eventually
from usecases.checking.row_model import example_row
from usecases.contract.row_layout import row_schema


@pytest.fixture(scope="module")
def upstream_url(stack: RunningStack) -> str:
    return stack.stack.broker_url("upstream")


def letters(stack: RunningStack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(stack.command("dead-letters", "list", "--json"))
    return found


def letter_of(stack: RunningStack, message_id: str) -> dict[str, Any]:
    return eventually(lambda: next((letter for letter in letters(stack) if letter["message_id"] == message_id), {}), 60)


def publish(url: str, message: Outgoing) -> None:
    async def send() -> None:
        async with Publisher(url, "test") as publisher:
            await publisher.publish(message)

    asyncio.run(send())


def test_a_poisoned_message_is_predicted_after_its_body_was_repaired(
    stack: RunningStack, upstream_url: str, tmp_path: Any
) -> None:
    message_id = f"poison-{uuid4()}"
    publish(upstream_url, Outgoing(INBOX, EQUIPMENT.name, b'{"torque_nm": ', message_id))
    letter = letter_of(stack, message_id)
    assert "JSON" in letter["cause"]
    repaired = tmp_path / "repaired.json"
    repaired.write_text(json.dumps(example_row(EQUIPMENT)))
    stack.command("dead-letters", "replay", str(letter["id"]), "--body", str(repaired))
    eventually(lambda: _predictions(stack, message_id) == 1)
    assert audit(stack)["balanced"] is True


def test_rows_whose_scoring_fails_are_predicted_after_the_cause_is_gone(stack: RunningStack) -> None:
    """A model that is not there yet makes scoring fail; five attempts later the part is a dead letter."""
    flowers = pa.RecordBatch.from_pydict(
        {field.name: [1.0, 2.0] for field in row_schema(IRIS)}, schema=row_schema(IRIS)
    )
    batch = uuid4()
    part = bulk_part(flowers, batch, header={"use_case": "iris", "schema_hash": IRIS.schema_hash})
    plan_part(stack.engine, part, batch)
    publish(stack.settings["SMARTPREDICT_BROKER_URL"], part)
    letter = letter_of(stack, part.message_id)
    assert "smartpredict train iris" in letter["cause"]
    assert letter["rows"] == 2
    assert audit(stack)["balanced"] is True
    stack.command("train", "iris")
    stack.command("dead-letters", "replay", str(letter["id"]))
    eventually(lambda: stack.predicted(batch) == 2)
    assert audit(stack)["balanced"] is True


def test_a_message_that_kills_its_worker_again_and_again_is_put_aside(stack: RunningStack) -> None:
    """The delivery limit of the queue ends what would be a crash loop for ever."""
    batch = uuid4()
    part = bulk_part(equipment_rows(3), batch)
    plan_part(stack.engine, part, batch)
    _give_back(stack, part, DELIVERY_LIMIT + 1)
    letter = letter_of(stack, part.message_id)
    assert letter["queue"] == BULK
    stack.command("dead-letters", "replay", str(letter["id"]))
    eventually(lambda: stack.predicted(batch) == 3)
    assert audit(stack)["balanced"] is True


def _give_back(stack: RunningStack, part: Outgoing, times: int) -> None:
    """Take the part as a consumer that dies does: its channel closes while it holds the part."""

    async def take_and_vanish() -> None:
        url = stack.settings["SMARTPREDICT_BROKER_URL"]
        for _ in range(times):
            connection = await aio_pika.connect(url)
            channel = await connection.channel()
            queue = await channel.get_queue(BULK)
            message = await queue.get(fail=False)
            await connection.close()
            if message is None:
                await asyncio.sleep(0.05)

    supervisor = Supervisor(stack.folders)
    supervisor.stop(["worker-1"])
    try:
        publish(stack.settings["SMARTPREDICT_BROKER_URL"], part)
        asyncio.run(take_and_vanish())
    finally:
        supervisor.start(["worker-1"])


def _predictions(stack: RunningStack, message_id: str) -> int:
    return stack.stored_rows(batch_id_of_message(EQUIPMENT.name, message_id))[0]
