"""The gateway's connections to the broker, opened in the background: requests to workers, many at once, and their answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from types import TracebackType
from typing import Self
from uuid import uuid4

import structlog
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection

from broker.administration.queue_status import queue_status
from broker.topology import ONLINE, REPLY_PREFIX
from broker.transport.blocking import blocked_by
from broker.transport.connection import BROKER_DOWN, connect, given_up_is_down, retry_while_down
from broker.transport.hosts import ask_last
from broker.transport.publisher import BrokerDownError, Outgoing, Publisher
from gateway_api.wire.queue_looks import QueueLooks
from gateway_api.wire.trouble import DOUBT_SECONDS, LOOK_SECONDS, Asked, NotServedError, Service, TroubleWatch, look

UNANSWERED_SECONDS = 5.0
"""How long no request may be answered before the queue of answers is no longer trusted; a new one costs nothing."""

RENEW_SECONDS = 10.0
"""How long a new queue of answers may take; of several hosts one may have to be given up first."""

log = structlog.get_logger(__name__)


class DeadlinePassedError(Exception):
    """No answer came in time; whether the rows were stored is unknown."""


class RequestClient:
    """Sends requests and hands each its answer by its correlation id; one exclusive reply queue for the process.

    Not the framework's own request call: that holds one lock for a whole round trip, so requests go one after another.
    Use as an asynchronous context manager.
    """

    def __init__(self, url: str, name: str) -> None:
        self._publisher = Publisher(url, f"{name} requests")
        self._url = url
        self._name = name
        self._waiting: dict[str, Asked] = {}
        self.answered_at = 0.0
        """When the last answer of a worker came, by the clock of the event loop."""
        self._watch = TroubleWatch(self, self._waiting)
        self._unanswered_since: float | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._publisher.__aenter__()
        await self._consume_replies()
        return self

    async def _consume_replies(self) -> None:
        # By another connection each time: the host of the one before may be what brings nothing.
        connection = await connect(self._url, f"{self._name} replies")
        try:
            channel = await connection.channel()
            queue = await channel.declare_queue(f"{REPLY_PREFIX}{uuid4()}", exclusive=True, auto_delete=True)
            await queue.consume(self._on_reply, no_ack=True)
        except BaseException:
            await connection.close()
            raise
        connection.close_callbacks.add(self._end_waiting)
        self._connection, self._queue_name = connection, queue.name

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._watch.stop()
        for task in self._leaving:
            task.cancel()
        await self._connection.close()
        await self._publisher.__aexit__(kind, error, trace)

    @property
    def is_connected(self) -> bool:
        """Whether requests can be sent, and their answers come, right now."""
        return self._connection.connected.is_set() and self._publisher.connection.connected.is_set()

    @property
    def publisher(self) -> Publisher:
        """The publisher behind the requests."""
        return self._publisher

    async def request(self, message: Outgoing, deadline_seconds: float) -> bytes:
        """Send a message and wait for its answer.

        Parameters
        ----------
        message
            What to send; its reply address, correlation id and expiration are filled in.
        deadline_seconds
            How long to wait. The message expires with it, so a worker never scores for a caller who has gone.

        Raises
        ------
        gateway_api.wire.trouble.NotServedError
            If no request is answered at the moment, or this one has waited for long and that is found to be the reason.
        DeadlinePassedError
            If no answer came in time.
        broker.transport.publisher.PublishingError
            If the broker did not take the message.
        """
        if self._watch.trouble is not None:
            raise NotServedError(f"{self._watch.trouble}; nothing was sent, so nothing was stored")
        doubt = asyncio.get_running_loop().call_later(DOUBT_SECONDS, self._watch.doubt)
        try:
            return await self.exchange(message, deadline_seconds)
        except TimeoutError as error:
            if self._watch.trouble is not None:
                raise NotServedError(f"{self._watch.trouble}; whether the rows were stored is not known") from error
            raise DeadlinePassedError(f"no answer within {deadline_seconds:g} s") from error
        except ConnectionError as error:
            raise NotServedError(f"{error}; whether the rows were stored is not known") from error
        finally:
            doubt.cancel()

    async def exchange(self, message: Outgoing, seconds: float) -> bytes:
        """Send a message and wait for its answer; raises TimeoutError where none came, ConnectionError where none can come."""
        correlation_id = uuid4().hex
        loop = asyncio.get_running_loop()
        self._unanswered_since = self._unanswered_since or loop.time()
        future: asyncio.Future[bytes] = loop.create_future()
        try:
            async with asyncio.timeout(seconds) as limit:
                self._waiting[correlation_id] = Asked(loop.time(), future, limit)
                await self._publisher.publish(
                    Outgoing(
                        exchange=message.exchange,
                        routing_key=message.routing_key,
                        body=message.body,
                        message_id=message.message_id,
                        content_type=message.content_type,
                        headers=message.headers,
                        persistent=False,
                        expiration=seconds,
                        reply_to=self._queue_name,
                        correlation_id=correlation_id,
                    )
                )
                return await future
        except TimeoutError:
            self._doubt_replies()
            raise
        finally:
            self._waiting.pop(correlation_id, None)

    async def look(self) -> Service:
        """Find out whether a request that is sent now would be answered; callers are told at once if it would not."""
        found = await look(self)
        self._watch.note(found.trouble)
        return found

    def refused_because(self) -> str | None:
        """Return why the broker takes nothing, in its words; None while it does, or nobody sent anything."""
        return blocked_by(self._publisher.connection)

    async def consumers(self) -> int:
        """Count the consumers of the queue of requests."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                status = await queue_status(self._connection, ONLINE)
        except TimeoutError:
            self._doubt_replies()
            raise
        return 0 if status is None else status.consumers

    def _end_waiting(self, *_: object) -> None:
        """End the waiting of all who are under way: their answers go to a queue that went with its connection."""
        for asked in self._waiting.values():
            if not asked.answer.done():
                asked.answer.set_exception(ConnectionError("the connection to RabbitMQ that answers come by was lost"))

    def _doubt_replies(self) -> None:
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew_replies())

    async def _renew_replies(self) -> None:
        """Consume replies anew if nobody does, or if none came for long: a connection may come back without its consumer."""
        try:
            async with asyncio.timeout(RENEW_SECONDS):
                if not self._is_long_unanswered():
                    status = await queue_status(self._connection, self._queue_name)
                    if status is not None and status.consumers > 0:
                        return
                before, waiting = self._connection, [asked.answer for asked in self._waiting.values()]
                if before.transport is not None:
                    ask_last(before.transport.connection.url)
                with given_up_is_down():
                    await self._consume_replies()
        except BROKER_DOWN as error:
            log.info("Queue of answers cannot be looked at", error=repr(error))
            return
        self._unanswered_since = None
        log.warning("Answers of workers did not arrive, so a new connection takes them")
        before.close_callbacks.discard(self._end_waiting)
        leaving = asyncio.create_task(_leave(before, waiting))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    def _is_long_unanswered(self) -> bool:
        since = self._unanswered_since
        return since is not None and asyncio.get_running_loop().time() - since >= UNANSWERED_SECONDS

    async def _on_reply(self, message: AbstractIncomingMessage) -> None:
        self._unanswered_since = None
        self.answered_at = asyncio.get_running_loop().time()
        asked = self._waiting.get(message.correlation_id or "")
        if asked is not None and not asked.answer.done():
            asked.answer.set_result(message.body)


async def _leave(connection: AbstractRobustConnection, waiting: Collection[asyncio.Future[bytes]]) -> None:
    """Close a connection once nobody waits for an answer by it any more: it may only be late."""
    if waiting:
        await asyncio.wait(waiting, timeout=RENEW_SECONDS)
    with contextlib.suppress(*BROKER_DOWN):
        await connection.close()


class BrokerLink(QueueLooks):
    """Sends requests to workers and looks at queues; used as an asynchronous context manager."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._client: RequestClient | None = None

    async def __aenter__(self) -> Self:
        self._opening = asyncio.create_task(self._open())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._opening
        if self._client is not None:
            await self._client.__aexit__(kind, error, trace)
        if self._looks is not None:
            await self._looks.close()

    async def request(self, message: Outgoing, seconds: float) -> bytes:
        """Send a message to the workers and wait for its answer.

        Raises
        ------
        broker.transport.publisher.PublishingError
            If the broker is away or does not take the message.
        gateway_api.wire.trouble.NotServedError
            If no request is answered at the moment.
        DeadlinePassedError
            If no answer came in time.
        """
        # A publish waits for a lost connection to come back; a caller is better served by an answer at once.
        if self._client is None or not self._client.is_connected:
            raise BrokerDownError("RabbitMQ cannot be reached")
        return await self._client.request(message, seconds)

    async def service(self) -> Service:
        """Find out whether a request that is sent now would be answered.

        Raises
        ------
        broker.transport.publisher.BrokerDownError
            If the broker is away.
        """
        if self._client is None or not self.is_connected:
            raise BrokerDownError("RabbitMQ cannot be reached")
        return await self._client.look()

    async def _open(self) -> None:
        self._looks = await connect(self._url, "smartpredict gateway queues")
        self._client = await retry_while_down(self._open_client, "Broker went away while connecting, trying again")
        log.info("Broker reached")

    async def _open_client(self) -> RequestClient:
        return await RequestClient(self._url, "smartpredict gateway").__aenter__()
