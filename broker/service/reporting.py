"""A process that reports each second that it lives, so that its death is seen within seconds, wherever it ran."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

REPORT_SECONDS = 1.0
"""Pause between two reports; a report is one row that is written over."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ThisProcess:
    """A process of a service, as it reports itself.

    Attributes
    ----------
    service
        Which service it is of, such as `worker`.
    host, pid
        Where it runs.
    started_at
        When it began; tells it from an earlier process of the same number.
    """

    service: str
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@asynccontextmanager
async def reporting(
    process: ThisProcess, report: Callable[[ThisProcess], None], end: Callable[[ThisProcess], None]
) -> AsyncIterator[None]:
    """Report a process for as long as the block runs, and then that it ended in good order.

    Parameters
    ----------
    process
        Who reports.
    report, end
        Write down that it lives, and that it has ended; both may fail, and are then tried at the next second, or not at all.
    """
    task = asyncio.create_task(_keep_reporting(process, report))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        with contextlib.suppress(Exception):  # whoever stays silent is taken for dead, which is true then, too
            await asyncio.to_thread(end, process)


async def _keep_reporting(process: ThisProcess, report: Callable[[ThisProcess], None]) -> None:
    was_heard = True
    while True:
        try:
            await asyncio.to_thread(report, process)
            was_heard = True
        except Exception as error:  # noqa: BLE001  # a report that fails is repeated; the process must go on
            if was_heard:
                log.warning("The process cannot report itself", error=str(error).partition("\n")[0])
            was_heard = False
        await asyncio.sleep(REPORT_SECONDS)
