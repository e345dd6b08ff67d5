"""Consuming messages in lots: what is there is handled together, and acknowledged together once its fate is safe."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustChannel, AbstractRobustConnection, AbstractRobustQueue
from aiormq.abc import AbstractChannel

from broker.transport.connection import BROKER_DOWN, connect, retry_while_down

LOT_MESSAGES = 250
"""Messages of a lot: enough that the commit and the confirm it shares weigh little beside reading them."""

LOT_BYTES = 8 * 1024 * 1024
"""Bytes of a lot past which it takes no further message."""

LOTS_IN_FLIGHT = 2
"""Lots handled at once: while one is stored the next is checked."""

PREFETCH = LOT_MESSAGES * (LOTS_IN_FLIGHT + 1)
"""Messages that the broker hands over before they are acknowledged: those of the lots in flight, and of one that gathers."""

HELD_BYTES = 64 * 1024 * 1024
"""Bytes held past which messages come one by one, until those are handled: many large ones would not fit in memory."""

Handle = Callable[[Sequence[AbstractIncomingMessage]], Awaitable[None]]

log = structlog.get_logger(__name__)


class LotConsumer:
    """Consumes a queue in lots, without a timer: a lone message goes at once, and load makes lots larger.

    After a start messages come one by one, as long as they had been delivered before. If one of them kills its consumer,
    it does so alone: else its neighbours would be delivered as often as it is, and be given up with it. They also come
    one by one while those that are held are too large together.

    Parameters
    ----------
    url, name, queue
        The broker, what the connection is called there, and the queue.
    handle
        Handles a lot; once it returns, the lot is acknowledged. What it raises makes every message of it a dead letter.
    """

    def __init__(self, url: str, name: str, queue: str, handle: Handle) -> None:
        self._url, self._name, self._queue_name = url, name, queue
        self._handle = handle
        self._waiting: deque[AbstractIncomingMessage] = deque()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._last: asyncio.Task[None] | None = None
        self._connection: AbstractRobustConnection | None = None
        self._channel: AbstractRobustChannel | None = None
        self._queue: AbstractRobustQueue | None = None
        self._tag = ""
        self._held_bytes = 0
        self._is_wide = False
        self._changing = asyncio.Lock()
        self._is_stopping = False

    async def start(self) -> None:
        """Begin to consume; a connection that is lost comes back by itself."""
        self._connection = await connect(self._url, self._name)
        await retry_while_down(partial(self._consume, self._connection), "Queue cannot be consumed, trying again")

    async def _consume(self, connection: AbstractRobustConnection) -> None:
        channel = await connection.channel(publisher_confirms=False)
        assert isinstance(channel, AbstractRobustChannel)  # noqa: S101  # for the type checker
        self._channel = channel
        await channel.set_qos(prefetch_count=1)
        queue = await channel.declare_queue(self._queue_name, passive=True)
        assert isinstance(queue, AbstractRobustQueue)  # noqa: S101  # same
        self._queue = queue
        self._tag = await queue.consume(self._take_in)

    async def stop(self) -> None:
        """Take nothing more, and end once the lots in flight are acknowledged; what waits is delivered again."""
        if self._connection is None or self._queue is None:
            return
        self._is_stopping = True
        self._waiting.clear()
        try:
            await self._queue.cancel(self._tag)
        except BROKER_DOWN as error:
            log.info("Consumer could not be cancelled", queue=self._queue_name, error=repr(error))
        if self._in_flight:
            await asyncio.wait(self._in_flight)
        await self._connection.close()

    async def _take_in(self, message: AbstractIncomingMessage) -> None:
        if self._is_stopping:
            return
        self._waiting.append(message)
        self._held_bytes += message.body_size
        self._fill()
        is_too_much = self._held_bytes > HELD_BYTES
        if self._is_wide == is_too_much and (is_too_much or not message.redelivered):
            self._is_wide = not is_too_much
            await self._consume_again(PREFETCH if self._is_wide else 1)

    async def _consume_again(self, prefetch: int) -> None:
        """Have the broker hand over so many messages at once: a prefetch is that of consumers which begin after it is set."""
        assert self._channel is not None  # noqa: S101  # for the type checker
        assert self._queue is not None  # noqa: S101  # same
        try:
            async with self._changing:
                await self._channel.set_qos(prefetch_count=prefetch)
                before, self._tag = self._tag, await self._queue.consume(self._take_in)
                await self._queue.cancel(before)
        except BROKER_DOWN as error:
            self._is_wide = not self._is_wide
            log.warning("Messages go on as they came so far", queue=self._queue_name, error=repr(error))

    def _fill(self) -> None:
        while self._waiting and len(self._in_flight) < LOTS_IN_FLIGHT:
            lot = self._gather()
            task = asyncio.create_task(self._work(lot, self._last))
            self._last = task
            self._in_flight.add(task)
            task.add_done_callback(partial(self._done, sum(message.body_size for message in lot)))

    def _done(self, size: int, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._held_bytes -= size
        self._fill()

    def _gather(self) -> list[AbstractIncomingMessage]:
        lot: list[AbstractIncomingMessage] = []
        size = 0
        while self._waiting and len(lot) < LOT_MESSAGES and size < LOT_BYTES:
            lot.append(self._waiting.popleft())
            size += lot[-1].body_size
        return lot

    async def _work(self, lot: Sequence[AbstractIncomingMessage], before: asyncio.Task[None] | None) -> None:
        is_handled = True
        try:
            await self._handle(lot)
        except Exception:
            log.exception("Lot cannot be handled", queue=self._queue_name)
            is_handled = False
        # An acknowledgement of many is one of all that came before.
        if before is not None:
            await asyncio.wait([before])
        try:
            if not is_handled:
                for message in lot:
                    await message.reject(requeue=False)
                return
            for channel, tag in _last_of_each_channel(lot).items():
                await channel.basic_ack(tag, multiple=True)
        except BROKER_DOWN as error:
            # Its channel is gone, and the broker delivers the messages again.
            log.info("Lot could not be acknowledged", queue=self._queue_name, error=repr(error))


def _last_of_each_channel(lot: Sequence[AbstractIncomingMessage]) -> dict[AbstractChannel, int]:
    return {message.channel: message.delivery_tag or 0 for message in lot}
