"""Looks at queues, and messages that nobody asked for, apart from the requests of callers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

from aio_pika.abc import AbstractRobustConnection

from broker.administration.queue_status import QueueStatus, queue_status
from broker.transport.connection import BROKER_DOWN
from broker.transport.publisher import BrokerDownError, Publisher
from gateway_api.wire.trouble import LOOK_SECONDS


class QueueLooks:
    """Looks at queues by a connection of their own, once somebody has opened it; no caller of /predict waits behind them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._looks: AbstractRobustConnection | None = None

    @property
    def is_connected(self) -> bool:
        """Whether the broker is there right now."""
        return self._looks is not None and self._looks.connected.is_set()

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
