"""Queues that are full: whoever sends is told, what was taken stays, and ingestion waits where the lanes are full."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aio_pika
import httpx
import pika
import pytest
from pamqp.common import FieldTable
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import NackError

from broker.administration.limits import QueueLimits
from broker.administration.provisioning import put_policies
from broker.ids import batch_id_of_message
from broker.topology import BULK, INBOX, PREDICT, PREDICTIONS
from broker.transport.publisher import Outgoing
from sql.ledger.batch_ledger import find_batches
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import numbered_csv, reading
from tests.support.servers import Broker
from tests.support.waiting import eventually

EQUIPMENT = "equipment_failure"
ROOM = 20
"""Messages that a full inbox holds here."""


@pytest.fixture
def channel(servers: tuple[str, str]) -> Iterator[BlockingChannel]:
    with pika.BlockingConnection(pika.URLParameters(servers[1])) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


def send(channel: BlockingChannel, *message_ids: str) -> list[str]:
    """Publish a row under each id as a foreign program does, and return the ids of those that the broker refused."""
    refused = []
    for message_id in message_ids:
        told = pika.BasicProperties(message_id=message_id, delivery_mode=2)
        try:
            channel.basic_publish(INBOX, EQUIPMENT, json.dumps(reading()).encode(), told, mandatory=True)
        except NackError:
            refused.append(message_id)
    return refused


def management(broker: Broker) -> httpx.Client:
    return httpx.Client(base_url=f"{broker.management_url}/api", auth=broker.credentials(), timeout=30)


def await_limit(broker: Broker, broker_url: str, queue: str, limit: int) -> None:
    """Wait until a limit is in force: the API answers before the queue has heard of it."""
    vhost = urlsplit(broker_url).path.removeprefix("/")
    with management(broker) as api:

        def told() -> bool:
            known: dict[str, Any] = api.get(f"queues/{vhost}/{queue}").json()
            return bool(known.get("effective_policy_definition", {}).get("max-length") == limit)

        eventually(told)


def await_refusal(channel: BlockingChannel, queue: str) -> None:
    """Wait until an empty queue is as small as its policy says, and empty it again: it hears of it after the API tells it."""

    def refused() -> bool:
        try:
            channel.basic_publish("", queue, b"")
        except NackError:
            return True
        return False

    eventually(refused)
    channel.queue_purge(queue)


async def until(look: Any) -> None:
    """Wait for something while everything else goes on."""
    await asyncio.to_thread(eventually, look)


async def test_a_full_inbox_refuses_and_what_it_took_is_predicted_once(
    doors: Doors, channel: BlockingChannel, rabbit_server: Broker
) -> None:
    earlier = [str(uuid4()) for _ in range(5)]
    assert send(channel, *earlier) == []
    # The queue is there, declared without a limit, and holds messages.
    put_policies(rabbit_server.management_url, doors.broker_url, QueueLimits(inbox_max_messages=ROOM))
    await_limit(rabbit_server, doors.broker_url, INBOX, ROOM)
    message_ids = [str(uuid4()) for _ in range(3 * ROOM)]
    refused = send(channel, *message_ids)
    taken = len(earlier) + len(message_ids) - len(refused)
    assert ROOM <= taken < ROOM + 5
    await doors.ingestion.messages.start()
    try:
        for _ in range(100):
            refused = await asyncio.to_thread(send, channel, *refused)
            if not refused:
                break
            await asyncio.sleep(0.05)
        assert refused == []
        ids = [batch_id_of_message(EQUIPMENT, message_id, None) for message_id in (*earlier, *message_ids)]
        await until(lambda: len(find_batches(doors.ingestion.engine, ids)) == len(ids))
    finally:
        await doors.ingestion.messages.stop()
    await doors.record_all()
    assert {ledger.predicted for ledger in find_batches(doors.ingestion.engine, ids).values()} == {1}


async def test_ingestion_waits_while_the_lane_is_full_and_says_so(
    doors: Doors, channel: BlockingChannel, rabbit_server: Broker
) -> None:
    waiting = doors.publisher.waiting[PREDICT]
    policy = f"policies/{urlsplit(doors.broker_url).path.removeprefix('/')}/small-lane"
    with management(rabbit_server) as api:
        put = {"pattern": f"^{BULK}$", "definition": {"max-length": 2}, "priority": 20, "apply-to": "queues"}
        api.put(policy, json=put).raise_for_status()
        try:
            await_refusal(channel, BULK)
            reading_file = asyncio.create_task(doors.take_in(numbered_csv(100), f"{uuid4()}.csv"))
            await until(lambda: waiting.count and waiting.stuck_seconds > 0)
            exposed = doors.ingestion.metrics.waiting_messages.labels(PREDICT).collect()
            assert [sample.value for metric in exposed for sample in metric.samples] == [waiting.count]
            assert not reading_file.done()
            while not reading_file.done():
                await doors.record_all()
                await asyncio.sleep(0.02)
        finally:
            api.delete(policy).raise_for_status()
    await doors.record_all()
    assert waiting.count == 0
    assert waiting.stuck_seconds == 0
    assert doors.ledger(reading_file.result()).predicted == 100


async def test_a_listener_with_a_full_queue_keeps_no_event_from_the_others(doors: Doors) -> None:
    connection = await aio_pika.connect(doors.broker_url)
    async with connection:
        channel = await connection.channel()
        full: FieldTable = {"x-max-length": 1, "x-overflow": "reject-publish"}
        full_queue = await channel.declare_queue(exclusive=True, arguments=full)
        other = await channel.declare_queue(exclusive=True)
        for queue in (full_queue, other):
            await queue.bind(PREDICTIONS, "#")
        events = [f"event {number}" for number in range(4)]
        for name in events:
            async with asyncio.timeout(30):
                event = Outgoing(PREDICTIONS, f"{PREDICTIONS}.iris", b"{}", name)
                await doors.publisher.publish_to_listeners(event)
        # RabbitMQ refuses for one queue at once, and may do so before the message is in the others.
        async with asyncio.timeout(30), other.iterator(no_ack=True) as messages:
            assert [(await anext(messages)).message_id for _ in events] == events
        found = await channel.declare_queue(full_queue.name, passive=True)
        assert found.declaration_result.message_count == 1
