"""The gateway's connections to the broker, opened in the background: requests to workers, and looks at queues."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from types import TracebackType
from typing import Self

import structlog
from aio_pika.abc import AbstractRobustConnection

from broker.administration.queue_status import QueueStatus, queue_status
from broker.transport.connection import BROKER_DOWN, connect, retry_while_down
from broker.transport.publisher import BrokerDownError, Outgoing, Publisher
from gateway_api.wire.request_client import RequestClient
from gateway_api.wire.trouble import LOOK_SECONDS, Service

log = structlog.get_logger(__name__)


class BrokerLink:
    """Sends requests to workers and looks at queues; used as an asynchronous context manager."""

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
        gateway_api.wire.trouble.NotServedError
            If no request is answered at the moment.
        DeadlinePassedError
            If no answer came in time.
        """
        # A publish waits for a lost connection to come back; a caller is better served by an answer at once.
        if self._client is None or not self._client.is_connected:
            raise BrokerDownError("RabbitMQ cannot be reached")
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
            raise BrokerDownError("RabbitMQ cannot be reached")
        async with contextlib.AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    publisher = await stack.enter_async_context(Publisher(self._url, "smartpredict gateway replays"))
            except TimeoutError as error:
                raise BrokerDownError("RabbitMQ does not answer") from error
            yield publisher

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
            raise BrokerDownError("RabbitMQ cannot be reached")
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                # At once: on a line that takes its time, one after another would take too long.
                names = list(queues)
                return dict(
                    zip(names, await asyncio.gather(*(queue_status(self._looks, name) for name in names)), strict=True)
                )
        except BROKER_DOWN as error:
            raise BrokerDownError("RabbitMQ does not answer") from error

    async def _open(self) -> None:
        self._looks = await connect(self._url, "smartpredict gateway queues")
        self._client = await retry_while_down(self._open_client, "Broker went away while connecting, trying again")
        log.info("Broker reached")

    async def _open_client(self) -> RequestClient:
        return await RequestClient(self._url, "smartpredict gateway").__aenter__()
