"""A worker on real servers: what it commits, what it answers, what becomes of what it cannot score."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import astuple
from typing import Any
from uuid import uuid4

import aio_pika
import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import Engine, func, select

from broker.messages import HEADER_CAUSE, Lane, PartAnswer, PartCommitted, PartFailed, PartScored
from broker.topology import BULK, DEAD_LETTERS, ONLINE, PREDICT, PREDICTIONS
from broker.transport.publisher import Outgoing, Publisher
from gateway_api.wire.broker_link import RequestClient
from monitoring.profiles.part_counts import PartCounter
from monitoring.profiles.reference import ReferenceProfile
from sql.base.tables import parts
from sql.predictions.tables import prediction_table
from sql.profiles.tables import batch_profiles, reference_profiles
from sql.profiles.windows import roll_up_profiles
from sql.registry.workers import alive_workers
from tests.support.pipeline import EQUIPMENT, IRIS, Service, bulk_part, equipment_rows, start_service
from tests.support.waiting import eventually
from usecases.contract.row_layout import row_schema
from usecases.models.scoring import matrix, score
from usecases.models.xgboost_runtime import XGBOOST

TABLE = prediction_table(EQUIPMENT)


def stored(engine: Engine, batch_id: object) -> list[Any]:
    with engine.connect() as connection:
        query = select(TABLE).where(TABLE.c.batch_id == batch_id).order_by(TABLE.c.row_number)
        return list(connection.execute(query).mappings())


async def publish(url: str, *messages: Outgoing) -> None:
    async with Publisher(url, "test") as publisher:
        for message in messages:
            await publisher.publish(message)


async def take(queue: aio_pika.abc.AbstractQueue) -> aio_pika.abc.AbstractIncomingMessage:
    """Wait for the next message of a queue."""
    async with queue.iterator(no_ack=True) as messages, asyncio.timeout(40):
        return await anext(messages)


async def next_message(url: str, queue: str) -> aio_pika.abc.AbstractIncomingMessage:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=1)
        return await take(await channel.get_queue(queue))


async def ask(url: str, message: Outgoing) -> PartScored | PartFailed:
    async with RequestClient(url, "test") as client:
        return PartAnswer.validate_json(await client.request(message, 10))


def online(message: Outgoing) -> Outgoing:
    headers = {**message.headers, "lane": Lane.ONLINE.value}
    return Outgoing(PREDICT, ONLINE, message.body, message.message_id, message.content_type, headers, persistent=False)


async def test_a_part_is_stored_with_its_features_and_the_scores_of_its_model(
    worker: Service, engine: Engine, broker_url: str, models: Any
) -> None:
    batch, rows = uuid4(), equipment_rows(500)
    await publish(broker_url, bulk_part(rows, batch))
    found = eventually(lambda: stored(engine, batch))
    assert [row["row_number"] for row in found] == list(range(1, 501))
    assert [{name: row[name] for name in EQUIPMENT.columns} for row in found] == rows.to_pylist()
    model = XGBOOST.load(next((models / EQUIPMENT.name).glob("*.ubj")))
    expected = np.asarray(model.booster.inplace_predict(matrix(EQUIPMENT, rows)), dtype=np.float64)
    assert [row["score"] for row in found] == expected.tolist()
    assert {row["prediction"] for row in found} <= set(EQUIPMENT.classes)
    assert {(row["source"], row["model_version"]) for row in found} == {("file", 1)}


async def test_a_part_is_profiled_in_the_bins_of_its_models_training_data(
    worker: Service, engine: Engine, broker_url: str, models: Any
) -> None:
    batch, rows = uuid4(), equipment_rows(300, seed=4)
    await publish(broker_url, bulk_part(rows, batch))
    eventually(lambda: stored(engine, batch))
    reference = ReferenceProfile.model_validate_json(
        next((models / EQUIPMENT.name).glob("*.profile.json")).read_bytes()
    )
    scores = score(EQUIPMENT, XGBOOST.load(next((models / EQUIPMENT.name).glob("*.ubj"))), rows)
    expected = PartCounter(EQUIPMENT, reference).count(rows, scores)
    columns = [batch_profiles.c[name] for name in ("reference", "rows", "slots", "counts", "totals", "squares")]
    with engine.connect() as connection:
        # The worker itself rolls up, now and then; this is one of its moments.
        roll_up_profiles(engine)
        query = select(*columns).where(batch_profiles.c.batch_id == batch)
        found = eventually(lambda: connection.execute(query).first())
        eventually(lambda: connection.scalar(select(reference_profiles.c.reference)) == reference.digest)
    assert found is not None
    assert tuple(found) == (reference.digest, 300, *(list(one) for one in astuple(expected)[2:-1]))


async def test_the_same_part_three_times_is_stored_once(worker: Service, engine: Engine, broker_url: str) -> None:
    batch, after = uuid4(), uuid4()
    message = bulk_part(equipment_rows(20), batch)
    await publish(broker_url, message, message, message, bulk_part(equipment_rows(1), after))
    eventually(lambda: stored(engine, after))
    assert len(stored(engine, batch)) == 20


async def test_a_committed_part_is_announced(worker: Service, broker_url: str, engine: Engine) -> None:
    async with await aio_pika.connect(broker_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(PREDICTIONS, f"{PREDICTIONS}.{EQUIPMENT.name}")
        batch = uuid4()
        await publish(broker_url, bulk_part(equipment_rows(7), batch))
        message = await take(queue)
    event = PartCommitted.model_validate_json(message.body)
    found = stored(engine, batch)
    assert (event.batch_id, event.rows) == (batch, 7)
    assert (event.first_id, event.last_id) == (found[0]["id"], found[-1]["id"])


async def test_a_request_is_answered_after_its_commit(worker: Service, engine: Engine, broker_url: str) -> None:
    batch = uuid4()
    answer = await ask(broker_url, online(bulk_part(equipment_rows(3), batch)))
    assert isinstance(answer, PartScored)
    assert answer.scores == [row["score"] for row in stored(engine, batch)]


async def test_a_repeated_request_gets_the_stored_answer(worker: Service, engine: Engine, broker_url: str) -> None:
    batch = uuid4()
    message = online(bulk_part(equipment_rows(3), batch))
    first, second = await ask(broker_url, message), await ask(broker_url, message)
    assert first == second
    assert len(stored(engine, batch)) == 3


def _not_arrow(message: Outgoing) -> Outgoing:
    return Outgoing(PREDICT, BULK, b"not arrow", message.message_id, message.content_type, message.headers)


def _with_unknown_category() -> Outgoing:
    rows = equipment_rows(2)
    index = rows.schema.get_field_index("product_quality")
    kinds = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int16()), pa.array(["L", "XL"]))
    field = rows.schema.field(index)
    return bulk_part(rows.set_column(index, field, kinds), uuid4())


HOPELESS: dict[str, tuple[Callable[[], Outgoing], str]] = {
    "foreign message": (lambda: Outgoing(PREDICT, BULK, b"{}", "m", headers={}), "headers are not those of a part"),
    "poisoned body": (lambda: _not_arrow(bulk_part(equipment_rows(2), uuid4())), "no Arrow stream"),
    "other contract": (
        lambda: bulk_part(equipment_rows(2), uuid4(), header={"schema_hash": "0" * 12}),
        "checked against the row contract 000000000000",
    ),
    "unknown use case": (lambda: bulk_part(equipment_rows(2), uuid4(), header={"use_case": "nope"}), "'nope'"),
    "unknown category": (_with_unknown_category, "'XL' is not one of L, M, H"),
}


@pytest.mark.parametrize("kind", HOPELESS)
async def test_what_cannot_be_scored_becomes_a_dead_letter_with_its_cause(
    kind: str, worker: Service, broker_url: str
) -> None:
    make, cause = HOPELESS[kind]
    sent = make()
    await publish(broker_url, sent)
    letter = await next_message(broker_url, DEAD_LETTERS)
    assert cause in str(letter.headers[HEADER_CAUSE])
    assert letter.body == sent.body
    assert letter.headers["origin"] == BULK


async def test_a_request_that_cannot_be_scored_is_told_why(worker: Service, broker_url: str) -> None:
    answer = await ask(broker_url, online(_with_unknown_category()))
    assert isinstance(answer, PartFailed)
    assert (answer.code, "XL" in answer.detail) == ("unknown_category", True)


async def test_a_request_without_a_model_is_told_what_to_do(worker: Service, broker_url: str) -> None:
    flower = pa.RecordBatch.from_pydict({f.name: [1.0] for f in IRIS.features}, schema=row_schema(IRIS))
    header = {"use_case": "iris", "schema_hash": IRIS.schema_hash}
    message = bulk_part(flower, uuid4(), header=header)
    answer = await ask(broker_url, online(message))
    assert isinstance(answer, PartFailed)
    assert (answer.code, "smartpredict train iris" in answer.detail) == ("no_model", True)


async def test_a_killed_worker_loses_nothing(
    worker: Service, engine: Engine, broker_url: str, worker_environment: dict[str, str], tmp_path: Any
) -> None:
    batch = uuid4()
    await publish(
        broker_url, *(bulk_part(equipment_rows(200, seed=number), batch, number=number) for number in range(30))
    )
    with start_service("inference_worker", tmp_path, worker_environment) as second:
        second.wait_ready()
        second.kill()
    with engine.connect() as connection:
        recorded = select(func.sum(parts.c.rows)).where(parts.c.batch_id == batch)
        eventually(lambda: connection.scalar(recorded) == 6000)
    assert len(stored(engine, batch)) == 6000


def test_the_worker_reports_itself(worker: Service, engine: Engine) -> None:
    eventually(lambda: any(found.models == {"equipment_failure": 1} for found in alive_workers(engine)))
