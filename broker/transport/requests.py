"""Requests over the broker: many at once, each answered by its correlation id.

Not the framework's own request call: that holds one lock for a whole round trip, so requests go one after another.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self
from uuid import uuid4

from aio_pika.abc import AbstractIncomingMessage, AbstractRobustQueue

from broker.topology import REPLY_PREFIX
from broker.transport.connection import connect
from broker.transport.publisher import Outgoing, Publisher


class DeadlinePassedError(Exception):
    """No answer came in time; whether the rows were stored is unknown."""


class RequestClient:
    """Sends requests and hands each its answer; one exclusive reply queue for the process.

    Use as an asynchronous context manager.
    """

    def __init__(self, url: str, name: str) -> None:
        self._publisher = Publisher(url, f"{name} requests")
        self._url = url
        self._name = name
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._queue: AbstractRobustQueue | None = None

    async def __aenter__(self) -> Self:
        await self._publisher.__aenter__()
        self._connection = await connect(self._url, f"{self._name} replies")
        channel = await self._connection.channel()
        queue = await channel.declare_queue(f"{REPLY_PREFIX}{uuid4()}", exclusive=True, auto_delete=True)
        await queue.consume(self._on_reply, no_ack=True)
        self._queue_name = queue.name
        return self

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
            raise DeadlinePassedError(f"no answer within {deadline_seconds:g} s") from error
        finally:
            del self._waiting[correlation_id]

    async def _on_reply(self, message: AbstractIncomingMessage) -> None:
        future = self._waiting.get(message.correlation_id or "")
        if future is not None and not future.done():
            future.set_result(message.body)
