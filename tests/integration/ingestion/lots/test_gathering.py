"""Messages of a queue in lots: what is there together, one by one where they are large or came before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
from aio_pika import RobustQueue
from aio_pika.abc import AbstractChannel
from aiormq.abc import DeliveredMessage

from broker.service import consumer_watch
from broker.service.consumer_watch import ConsumerWatch
from broker.transport import gathering
from broker.transport.gathering import LotConsumer, handed_over
from broker.transport.publisher import Publisher

SMALL, LARGE = b"s", b"l" * 2_000
PATIENCE_SECONDS = 60


class Lots:
    """A queue of its own, and the lots in which its messages were handled."""

    def __init__(self, channel: AbstractChannel, queue: str) -> None:
        self.channel, self.queue = channel, queue
        self.handled: list[list[bytes]] = []
        self.news = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.consumer: LotConsumer

    async def handle(self, lot: Sequence[DeliveredMessage]) -> None:
        """Note a lot, once it may be handled."""
        await self.may_go_on.wait()
        self.handled.append([message.body for message in lot])
        self.news.set()
        if b"fault" in self.handled[-1]:
            raise ValueError

    async def publish(self, *bodies: bytes) -> None:
        """Publish messages, each confirmed before the next."""
        for body in bodies:
            await self.channel.default_exchange.publish(aio_pika.Message(body), self.queue)

    async def wait_for(self, messages: int) -> None:
        """Wait until so many were handled."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while sum(self.sizes) < messages:
                self.news.clear()
                await self.news.wait()

    @property
    def sizes(self) -> list[int]:
        """Messages of each lot."""
        return [len(lot) for lot in self.handled]


@asynccontextmanager
async def consuming(url: str) -> AsyncIterator[Lots]:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(f"lots.{uuid4()}", durable=True, arguments={"x-queue-type": "quorum"})
        lots = Lots(channel, queue.name)
        lots.consumer = consumer = LotConsumer(url, "test", queue.name, lots.handle)
        await consumer.start()
        try:
            yield lots
            await consumer.stop()
            left = await channel.declare_queue(queue.name, passive=True)
            assert left.declaration_result.message_count == 0, "what was handled is acknowledged"
        finally:
            await queue.delete(if_unused=False, if_empty=False)


async def test_what_is_there_is_handled_together_and_in_order(broker_url: str) -> None:
    async with consuming(broker_url) as lots:
        lots.may_go_on.clear()
        bodies = [str(number).encode() for number in range(100)]
        await lots.publish(*bodies)
        lots.may_go_on.set()
        await lots.wait_for(100)
        assert [body for lot in lots.handled for body in lot] == bodies
        assert lots.sizes[0] == 1, "a lone message goes at once"
        assert len(lots.sizes) < 10


async def test_large_messages_come_one_by_one_and_small_ones_together_again(
    broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "HELD_BYTES", len(LARGE) - 1)
    async with consuming(broker_url) as lots:
        await lots.publish(*[SMALL] * 10, *[LARGE] * 30)
        await lots.wait_for(40)
        lots.handled.clear()
        lots.may_go_on.clear()
        await lots.publish(*[LARGE] * 20)
        lots.may_go_on.set()
        await lots.wait_for(20)
        assert lots.sizes == [1] * 20
        await lots.publish(SMALL)
        await lots.wait_for(21)
        lots.may_go_on.clear()
        await lots.publish(*[SMALL] * 50)
        lots.may_go_on.set()
        await lots.wait_for(71)
        assert max(lots.sizes) > 10


async def test_what_is_given_back_is_not_acknowledged_with_what_came_later(
    broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel = RobustQueue.cancel

    async def slowly(queue: RobustQueue, *arguments: Any, **options: Any) -> Any:
        await asyncio.sleep(0.5)
        return await cancel(queue, *arguments, **options)

    monkeypatch.setattr(RobustQueue, "cancel", slowly)
    async with consuming(broker_url) as lots:
        await lots.publish(*[SMALL] * 20)
        await lots.wait_for(20)
        lots.handled.clear()
        monkeypatch.setattr(gathering, "HELD_BYTES", len(LARGE) - 1)
        bodies = [LARGE + str(number).encode() for number in range(30)]
        await lots.publish(*bodies)
        await lots.wait_for(len(bodies))
        assert {body for lot in lots.handled for body in lot} == set(bodies)


async def test_a_lot_that_cannot_be_handled_is_rejected_and_the_others_are_not(broker_url: str) -> None:
    async with consuming(broker_url) as lots:
        await lots.publish(SMALL, b"fault", SMALL)
        await lots.wait_for(3)


@pytest.mark.parametrize("others", [0, 1])
async def test_a_consumer_that_the_broker_lost_without_a_word_begins_anew(
    broker_url: str, monkeypatch: pytest.MonkeyPatch, others: int
) -> None:
    monkeypatch.setattr(consumer_watch, "LOOK_SECONDS", 0.02)
    async with consuming(broker_url) as lots, Publisher(broker_url, "test") as publisher:
        queue = lots.consumer.queue
        assert isinstance(queue, RobustQueue)
        beside = [await (await lots.channel.get_queue(lots.queue)).consume(handed_over) for _ in range(others)]
        watch = asyncio.create_task(ConsumerWatch(publisher, lambda: [queue]).run())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await consumers_are(lots, 1 + others)
            # The broker forgets it, and nobody tells who would consume again.
            underlay = await queue.channel.get_underlay_channel()
            await underlay.basic_cancel(next(iter(queue._consumers)))
            for tag in beside:
                await (await lots.channel.get_queue(lots.queue)).cancel(tag)
            await consumers_are(lots, 1)
        await lots.publish(SMALL, SMALL)
        await lots.wait_for(2)
        watch.cancel()


async def consumers_are(lots: Lots, count: int) -> None:
    """Wait until the broker reports so many consumers."""
    while (await lots.channel.declare_queue(lots.queue, passive=True)).declaration_result.consumer_count != count:  # noqa: ASYNC110  # a broker tells nobody
        await asyncio.sleep(0.02)
