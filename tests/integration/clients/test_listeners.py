"""Who listens is told what was predicted, row by row, where a use case asks for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pika
from cloudevents.core.v1.event import CloudEvent
from pika.adapters.blocking_connection import BlockingChannel

from broker.messages import CLOUD_EVENT_JSON, PartResults
from broker.topology import RESULTS
from broker.transport.publisher import FULL_QUEUE_PAUSE_SECONDS, Outgoing, Publisher
from tests.integration.clients.conftest import NAMED, Pipeline
from tests.support.pipeline import EQUIPMENT, bulk_part, equipment_rows
from usecases.contract.spec import UseCase

ROWS = 1_200
"""More than one event takes."""


@contextmanager
def listening(pipeline: Pipeline, key: str) -> Iterator[tuple[BlockingChannel, str]]:
    """Declare a queue as the documentation says, bound to the results of a use case."""
    with pika.BlockingConnection(pika.URLParameters(pipeline.broker.url("downstream"))) as connection:
        channel = connection.channel()
        queue = f"downstream.{uuid4()}"
        channel.queue_declare(queue, exclusive=True)
        channel.queue_bind(queue, RESULTS, key)
        yield channel, queue


@contextmanager
def full_queue(pipeline: Pipeline, key: str) -> Iterator[None]:
    """Declare a queue of somebody else's that takes one event and refuses the others."""
    with pika.BlockingConnection(pika.URLParameters(pipeline.broker.url("downstream"))) as connection:
        channel = connection.channel()
        queue = f"downstream.{uuid4()}"
        channel.queue_declare(queue, exclusive=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
        channel.queue_bind(queue, RESULTS, key)
        yield


def publish(pipeline: Pipeline, *parts: Outgoing) -> None:
    async def send() -> None:
        async with Publisher(pipeline.broker.url("owner"), "test") as publisher:
            for part in parts:
                await publisher.publish(part)

    asyncio.run(send())


def event_of(content_type: str, body: bytes) -> tuple[CloudEvent, PartResults]:
    """Read an event as the library of CloudEvents does, which checks its attributes."""
    assert content_type == CLOUD_EVENT_JSON
    content: dict[str, Any] = json.loads(body)
    data = content.pop("data")
    content["time"] = PartResults.model_validate_json(json.dumps(data)).committed_at
    return CloudEvent(content, data), PartResults.model_validate_json(json.dumps(data))


def test_results_are_told_row_by_row_and_again_under_the_same_id(pipeline: Pipeline) -> None:
    own = UseCase.model_validate_json(json.dumps(EQUIPMENT.model_dump(mode="json") | {"name": NAMED}))
    batch, rows = uuid4(), equipment_rows(ROWS, seed=7)
    part = bulk_part(rows, batch, header={"use_case": NAMED, "schema_hash": own.schema_hash})
    key = f"{RESULTS}.{NAMED}"
    with full_queue(pipeline, key), listening(pipeline, key) as (channel, queue):
        publish(pipeline, part, part)
        arrived = channel.consume(queue, auto_ack=True, inactivity_timeout=60)
        told = [next(arrived) for _ in range(4)]
        # An event that one queue refuses is not sent again to all the others, which would stop the worker meanwhile.
        channel.cancel()
        nothing = next(channel.consume(queue, auto_ack=True, inactivity_timeout=4 * FULL_QUEUE_PAUSE_SECONDS))
        assert nothing == (None, None, None)
    found = [event_of(properties.content_type, body) for _, properties, body in told]
    assert [event.get_id() for event, _ in found] == [properties.message_id for _, properties, _ in told]
    assert sorted(event.get_id() for event, _ in found) == sorted(2 * [f"{part.message_id}/1", f"{part.message_id}/2"])
    assert {event.get_source() for event, _ in found} == {f"/smartpredict/{NAMED}"}
    by_number: dict[int, list[PartResults]] = {1: [], 2: []}
    for _, one in found:
        by_number[one.number].append(one)
    assert all(first == again for first, again in by_number.values())
    results = [row for number in (1, 2) for row in by_number[number][0].results]
    assert [row.row_number for row in results] == list(range(1, ROWS + 1))
    assert [row.key for row in results] == rows.column("machine_id").to_pylist()
    assert {row.batch_id for row in results} == {batch}
    assert {row.prediction for row in results} <= set(EQUIPMENT.classes)
    assert len({row.prediction_id for row in results}) == ROWS
