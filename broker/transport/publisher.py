"""Publish messages: each ends in a confirm or in an error, never in silence."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic
from types import TracebackType
from typing import Any, Self

import aio_pika
import structlog
from aio_pika import DeliveryMode
from aio_pika.abc import AbstractRobustChannel, AbstractRobustConnection
from aiormq.exceptions import DeliveryError, PublishError

from broker.messages import ARROW_STREAM, HEADER_TRACEPARENT, JSON, PartHeader
from broker.transport.blocking import WaitingMessages, blocked_by
from broker.transport.connection import BROKER_DOWN, RECONNECT_SECONDS, connect, give_up, is_cancelled
from broker.transport.hosts import each_host

CONFIRM_SECONDS = 30.0
"""A confirm of a quorum queue takes milliseconds; past this the broker is in trouble and the caller tries again."""

PARTS_IN_FLIGHT = 8
"""Parts published but not confirmed yet: enough to hide the 10 ms of a confirm, about 5 MB."""

SILENT_SECONDS = 8.0
"""How long one of several hosts may confirm nothing: a node that the others no longer hear takes all and serves nobody."""

FULL_QUEUE_PAUSE_SECONDS = 0.05
"""Pause before a refused message is offered again; a worker takes a part in about 0.1 s."""

DOUBT_SECONDS = 1.0
"""How long a queue may refuse all before another channel asks: RabbitMQ 3.10 refuses one that met a queue as its leader was lost."""

log = structlog.get_logger(__name__)


class PublishingError(Exception):
    """A message was not taken by the broker."""


class QueueFullError(PublishingError):
    """The queue is full: whoever fills it has to wait."""


class UnroutableError(PublishingError):
    """No queue takes the message: the topology is not declared."""


class BrokerDownError(PublishingError):
    """The broker is away; whether it took the message is unknown, so only what may arrive twice is sent again."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message before it is sent."""

    exchange: str
    routing_key: str
    body: bytes
    message_id: str
    content_type: str = JSON
    headers: dict[str, Any] = field(default_factory=dict)
    persistent: bool = True
    expiration: float | None = None
    """Seconds after which nobody wants it any more."""
    reply_to: str | None = None
    correlation_id: str | None = None
    mandatory: bool = True
    """Whether to fail where no queue takes it."""

    @classmethod
    def part(cls, header: PartHeader, body: bytes, *, exchange: str, routing_key: str, **properties: Any) -> Outgoing:
        """Wrap a part of checked rows."""
        headers = {**header.to_headers(), **properties.pop("headers", {})}
        return cls(
            exchange=exchange,
            routing_key=routing_key,
            body=body,
            message_id=str(header.part_id),
            content_type=ARROW_STREAM,
            headers=headers,
            **properties,
        )

    def traced(self, traceparent: str | None) -> Outgoing:
        """Return the message with a trace to continue, if there is one."""
        if traceparent is None:
            return self
        return replace(self, headers={**self.headers, HEADER_TRACEPARENT: traceparent})


class Publisher:
    """Publishes with confirms over one connection; safe to use from many tasks at once.

    Use as an asynchronous context manager. What waits for room is told by exchange, in `waiting`.
    """

    def __init__(self, url: str, name: str) -> None:
        self.waiting: defaultdict[str, WaitingMessages] = defaultdict(WaitingMessages)
        self._url = url
        self._name = name
        self._connection: AbstractRobustConnection | None = None
        self._channel: AbstractRobustChannel | None = None
        self._refused_since: dict[str, float] = {}
        self._unconfirmed_since: float | None = None
        self._has_other_hosts = len(each_host(url)) > 1

    async def __aenter__(self) -> Self:
        self._connection = await connect(self._url, self._name)
        self._connection.reconnect_callbacks.add(self._begin_anew)
        self._channel = await self._open_channel()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _open_channel(self) -> AbstractRobustChannel:
        # Without on_return_raises an unroutable message counts as published.
        channel = await self.connection.channel(publisher_confirms=True, on_return_raises=True)
        assert isinstance(channel, AbstractRobustChannel)  # noqa: S101  # for the type checker
        return channel

    @property
    def channel(self) -> AbstractRobustChannel:
        """The channel, for passive declarations and for replies."""
        if self._channel is None:
            raise BrokerDownError("the publisher is not connected")
        return self._channel

    @property
    def connection(self) -> AbstractRobustConnection:
        """The connection, for questions about queues."""
        if self._connection is None:
            raise BrokerDownError("the publisher is not connected")
        return self._connection

    async def publish(self, message: Outgoing) -> None:
        """Publish once and wait for the confirm.

        Raises
        ------
        QueueFullError, UnroutableError, BrokerDownError
            If the broker did not take it.
        """
        properties = aio_pika.Message(
            message.body,
            content_type=message.content_type,
            headers=message.headers,
            message_id=message.message_id,
            correlation_id=message.correlation_id,
            reply_to=message.reply_to,
            expiration=message.expiration,
            timestamp=datetime.now(UTC),
            delivery_mode=DeliveryMode.PERSISTENT if message.persistent else DeliveryMode.NOT_PERSISTENT,
        )
        try:
            async with asyncio.timeout(SILENT_SECONDS if self._has_other_hosts else CONFIRM_SECONDS):
                await self._leave_silent_host()
                exchange = await self.channel.get_exchange(message.exchange, ensure=False)
                await exchange.publish(properties, message.routing_key, mandatory=message.mandatory)
        except PublishError as error:
            self._unconfirmed_since = None
            raise UnroutableError(f"no queue takes {message.routing_key!r} of exchange {message.exchange!r}") from error
        except DeliveryError as error:
            self._unconfirmed_since = None
            await self._doubt(message.routing_key)
            raise QueueFullError(f"the queue behind {message.routing_key!r} is full") from error
        except BROKER_DOWN as error:
            raise BrokerDownError(f"the broker is away: {error!r}") from error
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            raise BrokerDownError("the broker said nothing for long, and its connection was given up") from error
        self._unconfirmed_since = None
        self._refused_since.pop(message.routing_key, None)

    async def _leave_silent_host(self) -> None:
        """Go on with another host where this one has confirmed nothing for long; what is under way fails, and is sent again."""
        since, now = self._unconfirmed_since, monotonic()
        if since is None or now - since < SILENT_SECONDS:
            self._unconfirmed_since = now if since is None else since
        elif self._has_other_hosts and blocked_by(self.connection) is None:
            self._unconfirmed_since = now
            log.warning("Nothing was confirmed for long, so another host of the broker takes messages")
            await give_up(self.connection)

    def _begin_anew(self, *_: object) -> None:
        self._unconfirmed_since = None

    async def _doubt(self, routing_key: str) -> None:
        """Go on with another channel where a queue has refused all for some time; what is under way fails, and is sent again."""
        if monotonic() - self._refused_since.setdefault(routing_key, monotonic()) < DOUBT_SECONDS:
            return
        self._refused_since.clear()
        with contextlib.suppress(*BROKER_DOWN):
            refused, self._channel = self.channel, await self._open_channel()
            await refused.close()

    async def publish_until_confirmed(self, message: Outgoing) -> None:
        """Publish for as long as it takes: waits while the queue is full or the broker is away.

        A message may arrive twice if the broker went away before its confirm came; parts bear that.
        """
        waiting: WaitingMessages | None = None
        try:
            while True:
                try:
                    return await self._publish_when_reached(message)
                except QueueFullError:
                    if waiting is None:
                        waiting = self.waiting[message.exchange]
                        waiting.begin()
                    await asyncio.sleep(FULL_QUEUE_PAUSE_SECONDS)
        finally:
            if waiting is not None:
                waiting.end()

    async def publish_to_listeners(self, message: Outgoing) -> None:
        """Publish an event, waiting while the broker is away: those who listen have it, but for one whose queue is full.

        Listeners choose the limits of their queues, and one of them must stop neither us nor the others.
        """
        try:
            await self._publish_when_reached(message)
        except QueueFullError as error:
            log.warning("Event refused by a listener's queue", error=str(error), message_id=message.message_id)

    async def _publish_when_reached(self, message: Outgoing) -> None:
        while True:
            try:
                return await self.publish(message)
            except (BrokerDownError, UnroutableError) as error:
                # Right after a restart of the broker a binding may not be back yet, so unroutable passes too.
                log.warning("Message not taken, trying again", error=str(error), message_id=message.message_id)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def publish_if_wanted(self, message: Outgoing) -> None:
        """Publish an answer; where its asker has gone or the broker is away, nobody waits for it any more."""
        try:
            await self.publish(message)
        except PublishingError as error:
            log.info("Answer found nobody", error=str(error), message_id=message.message_id)


class ConfirmWindow:
    """Publishes parts with several in flight; the block it is used for ends when all are confirmed.

    Also where the block fails: what was written down has to be published, whatever becomes of the rest.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._free = asyncio.Semaphore(PARTS_IN_FLIGHT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._problem: BaseException | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None or isinstance(error, Exception):
                await self._confirmed()
        finally:
            for task in self._tasks:
                task.cancel()

    async def publish(self, message: Outgoing) -> None:
        """Publish a part; waits where too many are on their way. Raises what kept an earlier one from being sent."""
        await self._free.acquire()
        if self._problem is not None:
            raise self._problem
        task = asyncio.create_task(self._publisher.publish_until_confirmed(message))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def _confirmed(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self._problem is not None:
            raise self._problem

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._free.release()
        # Else a part that failed while the next rows were read would be forgotten.
        if self._problem is None:
            self._problem = PublishingError("publishing a part was cancelled") if task.cancelled() else task.exception()
