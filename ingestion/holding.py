"""Working on through an absence of the database, and reading ahead in a thread."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

import structlog

from broker.transport.publisher import Outgoing, Publisher
from sql.base.engine import is_database_away

DATABASE_PAUSE_SECONDS = 0.5
"""Pause between two attempts to reach the database; a restart takes it about a second."""

PARTS_IN_FLIGHT = 8
"""Parts published but not confirmed yet: enough to hide the 10 ms of a confirm, about 5 MB."""

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


async def surely(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that talks to the database in a thread, again and again while the database is away.

    The function has to bear being called twice: its first call may have been committed without an answer.
    """
    while True:
        try:
            return await asyncio.to_thread(function, *args, **kwargs)
        except Exception as error:
            if not is_database_away(error):
                raise
            log.warning("Database is away, trying again", error=str(error).partition("\n")[0])
        await asyncio.sleep(DATABASE_PAUSE_SECONDS)


async def ahead(items: Iterator[T], depth: int = 1) -> AsyncIterator[T]:
    """Give the items of an iterator that runs in a thread of its own, a bounded number ahead."""
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead")
    end = object()
    waiting: deque[asyncio.Future[Any]] = deque()
    try:
        waiting.extend(loop.run_in_executor(pool, next, items, end) for _ in range(depth))
        while (item := await waiting.popleft()) is not end:
            waiting.append(loop.run_in_executor(pool, next, items, end))
            yield item
    finally:
        for future in waiting:
            future.cancel()
        pool.shutdown(cancel_futures=True)


class Window:
    """Publishes parts with several in flight."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._free = asyncio.Semaphore(PARTS_IN_FLIGHT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._problem: BaseException | None = None

    async def publish(self, message: Outgoing) -> None:
        """Hand a part over; waits where too many are on their way. Raises what kept an earlier one from being sent."""
        await self._free.acquire()
        if self._problem is not None:
            raise self._problem
        task = asyncio.create_task(self._publisher.publish_until_confirmed(message))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def confirmed(self) -> None:
        """Wait until everything that was handed over is confirmed; raises what kept one from being sent."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self._problem is not None:
            raise self._problem

    def abandon(self) -> None:
        """Wait for nothing any more."""
        for task in self._tasks:
            task.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._free.release()
        # Else a part that failed while the next rows were read would be forgotten.
        if not task.cancelled() and self._problem is None:
            self._problem = task.exception()


@asynccontextmanager
async def window(publisher: Publisher) -> AsyncIterator[Window]:
    """Publish within the block, which ends when all is confirmed.

    Also where the block fails: what was written down has to be published, whatever becomes of the rest.
    """
    parts = Window(publisher)
    try:
        yield parts
    except Exception:
        await parts.confirmed()
        raise
    else:
        await parts.confirmed()
    finally:
        parts.abandon()
