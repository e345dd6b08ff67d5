"""A use case is edited while rows of it are on their way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select

from broker.messages import Lane, PartAnswer, PartFailed, PartScored
from broker.topology import ONLINE, PREDICT
from broker.transport.publisher import Outgoing, Publisher
from gateway_api.wire.broker_link import RequestClient
from sql.predictions.tables import prediction_table
from sql.registry.registration import register
from tests.support.pipeline import EQUIPMENT, Service, bulk_part, equipment_rows, start_service
from tests.support.usecases.editing import edited
from tests.support.waiting import eventually
from usecases.checking.row_model import row_model, rows_to_arrow

VIBRATION = {"name": "vibration", "type": "float", "nullable": True}
AFTER = edited(EQUIPMENT, more=(VIBRATION,), features={"rotational_speed_rpm": {"type": "float"}})


@pytest.fixture(scope="module")
def edited_while_running(
    worker_environment: dict[str, str], engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    with start_service("inference_worker", tmp_path_factory.mktemp("worker"), worker_environment) as service:
        service.wait_ready()
        with engine.begin() as connection:
            register(connection, AFTER)
        yield service


def stored(engine: Engine, batch_id: UUID) -> list[Any]:
    table = prediction_table(AFTER)
    with engine.connect() as connection:
        return list(connection.execute(select(table).where(table.c.batch_id == batch_id)).mappings())


async def ask(url: str, message: Outgoing) -> PartScored | PartFailed:
    headers = {**message.headers, "lane": Lane.ONLINE.value}
    asked = Outgoing(PREDICT, ONLINE, message.body, message.message_id, message.content_type, headers, persistent=False)
    async with RequestClient(url, "test") as client:
        return PartAnswer.validate_json(await client.request(asked, 10))


async def test_rows_of_the_contract_before_are_predicted_by_the_model_before(
    edited_while_running: Service, engine: Engine, broker_url: str
) -> None:
    batch, rows = uuid4(), equipment_rows(20)
    async with Publisher(broker_url, "test") as publisher:
        await publisher.publish(bulk_part(rows, batch))
    found = eventually(lambda: stored(engine, batch))
    whole = rows.column("rotational_speed_rpm").to_pylist()
    assert sorted(row["rotational_speed_rpm"] for row in found) == sorted(map(float, whole))
    assert {row["vibration"] for row in found} == {None}


async def test_rows_of_the_new_contract_wait_for_a_model_that_knows_it(
    edited_while_running: Service, broker_url: str
) -> None:
    rows = rows_to_arrow(AFTER, [row_model(AFTER).model_validate(equipment_rows(1).to_pylist()[0])])
    header = {"schema_hash": AFTER.schema_hash}
    answer = await ask(broker_url, bulk_part(rows, uuid4(), header=header))
    assert isinstance(answer, PartFailed)
    assert answer.code == "no_model"
    assert "train again: smartpredict train equipment_failure" in answer.detail


async def test_rows_of_a_contract_that_was_never_in_force_are_refused(
    edited_while_running: Service, broker_url: str
) -> None:
    answer = await ask(broker_url, bulk_part(equipment_rows(1), uuid4(), header={"schema_hash": "0" * 12}))
    assert isinstance(answer, PartFailed)
    assert answer.code == "schema_changed"
    assert "Send the rows again" in answer.detail
