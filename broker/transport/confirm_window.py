"""Publish parts with several on their way at once."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from broker.transport.publisher import Outgoing, Publisher, PublishingError

PARTS_IN_FLIGHT = 8
"""Parts published but not confirmed yet: enough to hide the 10 ms of a confirm, about 5 MB."""


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
