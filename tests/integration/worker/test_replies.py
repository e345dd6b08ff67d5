"""The queue of answers may vanish under the gateway; it finds out by what is not answered, and takes another."""

from __future__ import annotations

import itertools
import time
from uuid import uuid4

import pytest

from broker.administration.queue_status import queue_status
from broker.messages import Lane, PartAnswer, PartScored
from broker.topology import ONLINE, PREDICT
from broker.transport.publisher import Outgoing
from gateway_api.wire.broker_link import UNANSWERED_SECONDS, DeadlinePassedError, RequestClient
from tests.support.pipeline import Service, bulk_part, equipment_rows


def question(seed: int) -> Outgoing:
    part = bulk_part(equipment_rows(3, seed=seed), uuid4())
    headers = {**part.headers, "lane": Lane.ONLINE.value}
    return Outgoing(PREDICT, ONLINE, part.body, part.message_id, part.content_type, headers, persistent=False)


async def _consumers(client: RequestClient, queue: str) -> int | None:
    status = await queue_status(client._connection, queue)
    return None if status is None else status.consumers


async def test_answers_arrive_again_once_their_queue_is_gone(worker: Service, broker_url: str) -> None:
    async with RequestClient(broker_url, "test") as client:
        assert isinstance(PartAnswer.validate_json(await client.request(question(1), 30)), PartScored)
        lost, transport = client._queue_name, client._connection.transport
        assert transport is not None
        channel = await transport.connection.channel()
        await channel.queue_delete(lost)
        with pytest.raises(DeadlinePassedError):
            await client.request(question(2), 1)
        assert client._renewing is not None
        await client._renewing
        assert await _consumers(client, client._queue_name) == 1
        assert isinstance(PartAnswer.validate_json(await client.request(question(3), 30)), PartScored)


async def test_a_queue_that_brings_nothing_for_long_is_left(broker_url: str) -> None:
    async with RequestClient(broker_url, "test") as client:
        trusted = client._queue_name
        channel = await client._connection.channel()
        await channel.declare_queue("unanswered", exclusive=True)
        began = time.monotonic()
        for number in itertools.count():
            with pytest.raises(DeadlinePassedError):
                await client.request(_to_nobody(number), 0.3)
            assert client._renewing is not None
            await client._renewing
            if client._queue_name != trusted:
                break
        assert time.monotonic() - began > UNANSWERED_SECONDS
        assert await _consumers(client, client._queue_name) == 1


def _to_nobody(seed: int) -> Outgoing:
    """Return a message that the broker takes and nobody answers."""
    part = question(seed)
    return Outgoing("", "unanswered", part.body, part.message_id, part.content_type, part.headers, persistent=False)
