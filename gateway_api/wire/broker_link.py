"""The gateway's connections to the broker: requests to workers, many at once, and looks at queues.

They are opened in the background, so that the gateway starts without the broker and finds it later.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from types import TracebackType
from typing import Self
from uuid import uuid4

import structlog
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection

from broker.administration.queue_status import QueueStatus, queue_status
from broker.topology import REPLY_PREFIX
from broker.transport.connection import BROKER_DOWN, connect, retry_while_down
from broker.transport.publisher import BrokerDownError, Outgoing, Publisher

UNANSWERED_REQUESTS = 8
"""Requests in a row without an answer after which the queue of answers is no longer trusted; a new one costs nothing."""

LOOK_SECONDS = 3.0
"""How long a look at the queues may take; a health check is asked every few seconds."""

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
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._unanswered = 0
        self._renewing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._publisher.__aenter__()
        self._connection = await connect(self._url, f"{self._name} replies")
        await self._consume_replies()
        return self

    async def _consume_replies(self) -> None:
        channel = await self._connection.channel()
        queue = await channel.declare_queue(f"{REPLY_PREFIX}{uuid4()}", exclusive=True, auto_delete=True)
        await queue.consume(self._on_reply, no_ack=True)
        self._queue_name = queue.name

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.close()
        await self._publisher.__aexit__(kind, error, trace)

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
        DeadlinePassedError
            If no answer came in time.
        broker.transport.publisher.PublishingError
            If the broker did not take the message.
        """
        correlation_id = uuid4().hex
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[correlation_id] = future
        try:
            async with asyncio.timeout(deadline_seconds):
                await self._publisher.publish(
                    Outgoing(
                        exchange=message.exchange,
                        routing_key=message.routing_key,
                        body=message.body,
                        message_id=message.message_id,
                        content_type=message.content_type,
                        headers=message.headers,
                        persistent=False,
                        expiration=deadline_seconds,
                        reply_to=self._queue_name,
                        correlation_id=correlation_id,
                    )
                )
                return await future
        except TimeoutError as error:
            self._unanswered += 1
            if self._renewing is None or self._renewing.done():
                self._renewing = asyncio.create_task(self._renew_replies())
            raise DeadlinePassedError(f"no answer within {deadline_seconds:g} s") from error
        finally:
            del self._waiting[correlation_id]

    async def _renew_replies(self) -> None:
        """Consume replies anew if nobody does, or if none came for long: a connection may come back without its consumer."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                status = await queue_status(self._connection, self._queue_name)
                if status is None or status.consumers == 0 or self._unanswered >= UNANSWERED_REQUESTS:
                    await self._consume_replies()
                    self._unanswered = 0
                    log.warning("Answers of workers did not arrive, so a new queue takes them")
        except BROKER_DOWN as error:
            log.info("Queue of answers cannot be looked at", error=repr(error))

    async def _on_reply(self, message: AbstractIncomingMessage) -> None:
        self._unanswered = 0
        future = self._waiting.get(message.correlation_id or "")
        if future is not None and not future.done():
            future.set_result(message.body)


class BrokerLink:
    """Sends requests to workers and looks at queues.

    Use as an asynchronous context manager.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: RequestClient | None = None
        self._looks: AbstractRobustConnection | None = None

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

    @property
    def is_connected(self) -> bool:
        """Whether the broker is there right now."""
        return self._looks is not None and self._looks.connected.is_set()

    async def request(self, message: Outgoing, seconds: float) -> bytes:
        """Send a message to the workers and wait for its answer.

        Raises
        ------
        broker.transport.publisher.PublishingError
            If the broker is away or does not take the message.
        DeadlinePassedError
            If no answer came in time.
        """
        # A publish waits for a lost connection to come back; a caller is better served by an answer at once.
        if self._client is None or not self.is_connected:
            raise BrokerDownError("the broker cannot be reached")
        return await self._client.request(message, seconds)

    @contextlib.asynccontextmanager
    async def publisher(self) -> AsyncIterator[Publisher]:
        """Open a connection for messages that no caller of /predict may have to wait behind.

        Raises
        ------
        broker.transport.publisher.BrokerDownError
            If the broker is away.
        """
        if not self.is_connected:
            raise BrokerDownError("the broker cannot be reached")
        async with contextlib.AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    publisher = await stack.enter_async_context(Publisher(self._url, "smartpredict gateway replays"))
            except TimeoutError as error:
                raise BrokerDownError("the broker does not answer") from error
            yield publisher

    async def consumers(self, queues: Iterable[str]) -> dict[str, int | None]:
        """Count the consumers of queues as the broker reports them; none for a queue that does not exist.

        Raises
        ------
        broker.transport.publisher.BrokerDownError
            If the broker is away.
        """
        looks = await self.look(queues)
        return {queue: None if look is None else look.consumers for queue, look in looks.items()}

    async def look(self, queues: Iterable[str]) -> dict[str, QueueStatus | None]:
        """Read the state of queues as the broker reports it; none for a queue that does not exist.

        Raises
        ------
        broker.transport.publisher.BrokerDownError
            If the broker is away.
        """
        if self._looks is None or not self.is_connected:
            raise BrokerDownError("the broker cannot be reached")
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return {queue: await queue_status(self._looks, queue) for queue in queues}
        except BROKER_DOWN as error:
            raise BrokerDownError(f"the broker does not answer: {error!r}") from error

    async def _open(self) -> None:
        self._looks = await connect(self._url, "smartpredict gateway queues")
        self._client = await retry_while_down(self._open_client, "Broker went away while connecting, trying again")
        log.info("Broker reached")

    async def _open_client(self) -> RequestClient:
        return await RequestClient(self._url, "smartpredict gateway").__aenter__()
