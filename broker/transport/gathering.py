"""Consuming messages in lots: what is there is handled together, and acknowledged together once its fate is safe."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog
from aio_pika import RobustChannel, RobustConnection
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection, AbstractRobustQueue
from aiormq import Channel, spec
from aiormq.abc import AbstractChannel, DeliveredMessage
from aiormq.exceptions import InvalidFrameError
from pamqp.header import ContentHeader
from typing_extensions import override

from broker.transport.connection import BROKER_DOWN, connect, given_up_is_down, is_cancelled, retry_while_down

LOT_MESSAGES = 500
"""Messages of a lot: enough that the commit and the confirm it shares weigh little beside reading them."""

LOT_BYTES = 8 * 1024 * 1024
"""Bytes of a lot past which it takes no further message."""

LOTS_IN_FLIGHT = 2
"""Lots handled at once: while one is stored the next is checked."""

PREFETCH = LOT_MESSAGES * (LOTS_IN_FLIGHT + 1)
"""Small messages that the broker hands over before they are acknowledged: those of the lots in flight, and of one that
gathers. Of larger ones it hands over fewer."""

HELD_BYTES = 64 * 1024 * 1024
"""Bytes held past which further messages are given back, to come again one by one: many large ones would not fit in
memory."""

Handle = Callable[[Sequence[DeliveredMessage]], Awaitable[None]]

log = structlog.get_logger(__name__)


class DeliveryChannel(RobustChannel):
    """A channel that hands every delivery over as it is read; consumers of it are only asked for.

    Attributes
    ----------
    take
        Takes the deliveries of all consumers, in order; must not wait.
    """

    take: Callable[[DeliveredMessage], None] | None = None

    @override
    async def _on_open(self) -> None:
        channel = await self.get_underlay_channel()
        channel._on_deliver_frame = partial(self._deliver, channel)  # type: ignore[attr-defined,arg-type]  # noqa: SLF001  # the library has no other place to say so
        await super()._on_open()

    async def _deliver(self, channel: Channel, frame: spec.Basic.Deliver) -> None:
        header = await channel._get_frame()  # noqa: SLF001  # same
        if not isinstance(header, ContentHeader):
            raise InvalidFrameError(f"a header has to follow a delivery, not {header!r}")
        message = await channel._read_content(frame, header)  # noqa: SLF001  # same
        if self.take is not None:
            self.take(message)


class DeliveryConnection(RobustConnection):
    """A connection of such channels."""

    CHANNEL_CLASS = DeliveryChannel


async def handed_over(_: AbstractIncomingMessage) -> None:
    """Stand for what takes a delivery where such a channel asks for a consumer."""
    raise AssertionError("a delivery is handed over before it is told of")


class LotConsumer:
    """Consumes a queue in lots, without a timer: a lone message goes at once, and load makes lots larger.

    After a start messages come one by one, as long as they had been delivered before. If one of them kills its consumer,
    it does so alone: else its neighbours would be delivered as often as it is, and be given up with it. After that as
    many are handed over at once as fit in memory, by the size of those that are held; should they be much larger all of
    a sudden, those that do not fit are given back and come one by one too.

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
        self._waiting: deque[DeliveredMessage] = deque()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._last: asyncio.Task[None] | None = None
        self._connection: AbstractRobustConnection | None = None
        self._channel: DeliveryChannel | None = None
        self._queue: AbstractRobustQueue | None = None
        self._tag = ""
        self._held = 0
        self._held_bytes = 0
        self._prefetch = 1
        self._changing: asyncio.Task[None] | None = None
        self._cancelled: tuple[AbstractChannel, str] | None = None
        self._too_much: list[tuple[AbstractChannel, int]] = []
        self._is_stopping = False

    async def start(self) -> None:
        """Begin to consume; a connection that is lost comes back by itself."""
        self._connection = await connect(self._url, self._name, DeliveryConnection)
        await retry_while_down(partial(self._consume, self._connection), "Queue cannot be consumed, trying again")

    async def _consume(self, connection: AbstractRobustConnection) -> None:
        channel = await connection.channel(publisher_confirms=False)
        assert isinstance(channel, DeliveryChannel)  # noqa: S101  # for the type checker
        self._channel = channel
        channel.take = self._take_in
        await channel.set_qos(prefetch_count=self._prefetch)
        queue = await channel.declare_queue(self._queue_name, passive=True)
        assert isinstance(queue, AbstractRobustQueue)  # noqa: S101  # same
        self._queue = queue
        self._tag = await queue.consume(handed_over)

    @property
    def queue(self) -> AbstractRobustQueue | None:
        """What it consumes, once it has begun."""
        return self._queue

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

    def _take_in(self, message: DeliveredMessage) -> None:
        if self._is_stopping:
            return
        if self._cancelled == (message.channel, message.consumer_tag):
            self._too_much.append((message.channel, message.delivery_tag or 0))
            return
        self._waiting.append(message)
        self._held += 1
        self._held_bytes += len(message.body)
        self._fill()
        wanted = self._wanted_prefetch(message)
        if wanted != self._prefetch and self._changing is None:
            if wanted < self._prefetch:
                self._cancelled = (message.channel, self._tag)
            self._prefetch = wanted
            self._changing = asyncio.create_task(self._consume_again(wanted))

    def _wanted_prefetch(self, message: DeliveredMessage) -> int:
        """Return how many messages may be held at once, by the size of those that are."""
        if self._held_bytes > HELD_BYTES:
            return 1
        if self._prefetch == 1 and message.redelivered:
            return 1
        fit = min(PREFETCH, HELD_BYTES * self._held // max(self._held_bytes, 1))
        return fit if fit >= 2 * self._prefetch else self._prefetch

    async def _consume_again(self, prefetch: int) -> None:
        """Have the broker hand over so many messages at once: a prefetch is that of consumers which begin after it is set."""
        assert self._channel is not None  # noqa: S101  # for the type checker
        assert self._queue is not None  # noqa: S101  # same
        try:
            with given_up_is_down():
                await self._channel.set_qos(prefetch_count=prefetch)
                earlier, self._tag = self._tag, await self._queue.consume(handed_over)
                await self._queue.cancel(earlier)
                # All that was on its way to the consumer before has arrived: what is given back comes to the new one.
                for channel, delivery_tag in self._too_much:
                    await channel.basic_nack(delivery_tag, requeue=True)
        except BROKER_DOWN as error:
            self._prefetch = 1  # the next message asks for more again
            log.warning("Messages go on as they came so far", queue=self._queue_name, error=repr(error))
        finally:
            self._too_much.clear()
            self._cancelled = self._changing = None

    def _fill(self) -> None:
        while self._waiting and len(self._in_flight) < LOTS_IN_FLIGHT:
            lot = self._gather()
            task = asyncio.create_task(self._work(lot, self._last))
            self._last = task
            self._in_flight.add(task)
            task.add_done_callback(partial(self._done, len(lot), sum(len(message.body) for message in lot)))

    def _done(self, messages: int, size: int, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._held -= messages
        self._held_bytes -= size
        self._fill()

    def _gather(self) -> list[DeliveredMessage]:
        lot: list[DeliveredMessage] = []
        size = 0
        while self._waiting and len(lot) < LOT_MESSAGES and size < LOT_BYTES:
            lot.append(self._waiting.popleft())
            size += len(lot[-1].body)
        return lot

    async def _work(self, lot: Sequence[DeliveredMessage], before: asyncio.Task[None] | None) -> None:
        is_handled = True
        try:
            await self._handle(lot)
        except Exception:
            log.exception("Lot cannot be handled", queue=self._queue_name)
            is_handled = False
        # An acknowledgement of many is one of all that came before.
        if before is not None:
            await asyncio.wait([before])
        # What is to be given back came before this lot, too.
        if self._changing is not None:
            await asyncio.wait([self._changing])
        try:
            if not is_handled:
                for message in lot:
                    await message.channel.basic_reject(message.delivery_tag or 0, requeue=False)
                return
            for channel, tag in _last_of_each_channel(lot).items():
                await channel.basic_ack(tag, multiple=True)
        except (*BROKER_DOWN, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and is_cancelled():
                raise
            # Its channel is gone, and the broker delivers the messages again.
            log.info("Lot could not be acknowledged", queue=self._queue_name, error=repr(error))


def _last_of_each_channel(lot: Sequence[DeliveredMessage]) -> dict[AbstractChannel, int]:
    return {message.channel: message.delivery_tag or 0 for message in lot}
