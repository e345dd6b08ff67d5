"""A message whose properties no client library expects keeps no worker, and no caller, from the others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from sqlalchemy import Engine, select

from broker.messages import Lane, PartScored
from broker.topology import BULK, DEAD_LETTERS, MODEL_CHANGES, ONLINE, PREDICT, REPLY_PREFIX
from broker.transport.publisher import Outgoing
from gateway_api.wire.broker_link import RequestClient
from sql.predictions.tables import prediction_table
from tests.support.pipeline import EQUIPMENT, Service, bulk_part, equipment_rows
from tests.support.raw_properties import UNDECODABLE, RawProperties
from tests.support.waiting import eventually

TABLE = prediction_table(EQUIPMENT)


@pytest.fixture
def channel(worker: Service, broker_url: str) -> Iterator[BlockingChannel]:
    with pika.BlockingConnection(pika.URLParameters(broker_url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


def online_part() -> Outgoing:
    part = bulk_part(equipment_rows(2), uuid4(), header={"lane": Lane.ONLINE})
    return Outgoing(PREDICT, ONLINE, part.body, part.message_id, part.content_type, part.headers, persistent=False)


def ask(url: str) -> bytes:
    async def request() -> bytes:
        async with RequestClient(url, "test") as client:
            return await client.request(online_part(), 20)

    return asyncio.run(request())


@pytest.mark.parametrize("odd", UNDECODABLE.values(), ids=UNDECODABLE)
def test_a_worker_goes_on_and_the_message_is_a_dead_letter(
    channel: BlockingChannel, engine: Engine, broker_url: str, odd: dict[str, bytes]
) -> None:
    odd = {"message_id": uuid4().hex.encode(), **odd}
    channel.queue_purge(DEAD_LETTERS)
    channel.basic_publish(PREDICT, BULK, b"no part", RawProperties(**odd), mandatory=True)
    channel.basic_publish(PREDICT, ONLINE, b"no part", RawProperties(**odd), mandatory=True)
    channel.basic_publish(MODEL_CHANGES, "", b"no change", RawProperties(**odd))
    batch = uuid4()
    part = bulk_part(equipment_rows(3), batch)
    properties = pika.BasicProperties(headers=part.headers, message_id=part.message_id, content_type=part.content_type)
    channel.basic_publish(part.exchange, part.routing_key, part.body, properties, mandatory=True)

    def stored() -> int:
        with engine.connect() as connection:
            return len(connection.execute(select(TABLE.c.id).where(TABLE.c.batch_id == batch)).all())

    eventually(lambda: stored() == 3)
    assert PartScored.model_validate_json(ask(broker_url)).predictions

    def letters() -> int:
        count: int = channel.queue_declare(DEAD_LETTERS, passive=True).method.message_count
        return count

    eventually(lambda: letters() == 1, explain=lambda: f"{letters()} dead letters")
    for queue in (BULK, ONLINE):
        assert channel.queue_declare(queue, passive=True).method.consumer_count == 1


@pytest.mark.parametrize("odd", UNDECODABLE.values(), ids=UNDECODABLE)
def test_who_waits_for_an_answer_gets_it(channel: BlockingChannel, broker_url: str, odd: dict[str, bytes]) -> None:
    async def request() -> bytes:
        async with RequestClient(broker_url, "test") as client:
            replies = client._queue_name
            assert replies.startswith(REPLY_PREFIX)
            channel.basic_publish("", replies, b"no answer", RawProperties(**odd), mandatory=True)
            return await client.request(online_part(), 20)

    assert PartScored.model_validate_json(asyncio.run(request())).predictions
