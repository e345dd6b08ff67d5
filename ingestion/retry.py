"""Working on through an absence of the database, and until there is room on a disk that is full."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import structlog

from sql.base.engine import is_database_away, is_disk_full

DATABASE_PAUSE_SECONDS = 0.5
"""Pause between two attempts to reach the database; a restart takes it about a second."""

DISK_PAUSE_SECONDS = 5.0
"""Pause before a disk that was full is tried again: somebody has to make room first."""

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class DiskWatch:
    """How much work of this process waits for room on a disk: its own, or that of the database."""

    waiting = 0

    @property
    def is_full(self) -> bool:
        """Whether any does."""
        return self.waiting > 0


DISK = DiskWatch()


async def retry_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that talks to the database in a thread, again and again while the database is away or a disk full.

    The function has to bear being called twice: its first call may have been committed without an answer.
    """
    while True:
        try:
            return await asyncio.to_thread(function, *args, **kwargs)
        except Exception as error:
            told = str(error).partition("\n")[0]
            if is_disk_full(error):
                log.error("A disk is full, make room: work waits for it and goes on by itself", error=told)  # noqa: TRY400  # where it was met says nothing
                await _wait_for_room()
            elif is_database_away(error):
                log.warning("Database is away, trying again", error=told)
                await asyncio.sleep(DATABASE_PAUSE_SECONDS)
            else:
                raise


async def _wait_for_room() -> None:
    DISK.waiting += 1
    try:
        await asyncio.sleep(DISK_PAUSE_SECONDS)
    finally:
        DISK.waiting -= 1
