"""Working on through an absence of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import structlog

from sql.base.engine import is_database_away

DATABASE_PAUSE_SECONDS = 0.5
"""Pause between two attempts to reach the database; a restart takes it about a second."""

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


async def retry_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
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
