"""Processes that report themselves each second: which run, which fell silent, which were begun again, and since when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Engine, and_, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from sql.base.reading import reading
from sql.registry.tables import processes

SILENT_AFTER = timedelta(seconds=2.5)
"""A process that has not reported for this long is silent: one report of a second missed, and the next one late."""

LOOKED_BACK = timedelta(days=1)
"""For how long a process that is gone is listed, and counted among those that died."""

KEPT = timedelta(days=7)

MOST_LISTED = 200


class ProcessState(StrEnum):
    """How a process fares."""

    RUNNING = "running"
    """It reports itself."""
    SILENT = "silent"
    """It has stopped reporting without saying that it ends: it died, or cannot reach the database."""
    STOPPED = "stopped"
    """It ended in good order."""


class Reported(Protocol):
    """A process as it knows itself."""

    @property
    def service(self) -> str: ...  # noqa: D102  # see broker.service.reporting.ThisProcess

    @property
    def host(self) -> str: ...  # noqa: D102  # same

    @property
    def pid(self) -> int: ...  # noqa: D102  # same

    @property
    def started_at(self) -> datetime: ...  # noqa: D102  # same


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process of a service.

    Attributes
    ----------
    seen_at
        Its last report.
    ended_at
        When it ended in good order; none where it did not say so.
    silent_seconds
        Seconds since its last report; none of one that ended in good order.
    """

    service: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    silent_seconds: float | None

    @property
    def state(self) -> ProcessState:
        """How it fares."""
        if self.silent_seconds is None:
            return ProcessState.STOPPED
        return ProcessState.SILENT if self.silent_seconds > SILENT_AFTER.total_seconds() else ProcessState.RUNNING


def reporter(engine: Engine) -> Callable[[Reported], None]:
    """Return what writes down that a process lives."""

    def report(process: Reported) -> None:
        # The clock of the database, for the reader compares with that one too; the start is the process's own name.
        statement = insert(processes).values(
            service=process.service, host=process.host, pid=process.pid, started_at=process.started_at
        )
        with engine.begin() as connection:
            # A report that a power cut takes is no loss.
            connection.execute(text("set local synchronous_commit to off"))
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["service", "host", "pid", "started_at"], set_={"seen_at": func.now()}
                )
            )

    return report


def ender(engine: Engine) -> Callable[[Reported], None]:
    """Return what writes down that a process ends in good order; those of long ago are forgotten meanwhile."""

    def end(process: Reported) -> None:
        known = processes.c
        mine = and_(
            known.service == process.service,
            known.host == process.host,
            known.pid == process.pid,
            known.started_at == process.started_at,
        )
        with engine.begin() as connection:
            connection.execute(update(processes).where(mine).values(seen_at=func.now(), ended_at=func.now()))
            connection.execute(delete(processes).where(known.seen_at < func.now() - KEPT))

    return end


def list_processes(engine: Engine) -> list[Process]:
    """List the processes that run, and those that went in the last day, by service, the newest first."""
    known = processes.c
    silent = func.extract("epoch", func.clock_timestamp() - known.seen_at)
    query = (
        select(*known, silent.label("silent"))
        .where(known.seen_at > func.now() - LOOKED_BACK)
        .order_by(known.service, known.started_at.desc(), known.host, known.pid)
        .limit(MOST_LISTED)
    )
    with reading(engine) as connection:
        return [
            Process(
                service=row.service,
                host=row.host,
                pid=row.pid,
                started_at=row.started_at,
                seen_at=row.seen_at,
                ended_at=row.ended_at,
                silent_seconds=None if row.ended_at is not None else max(0.0, float(row.silent)),
            )
            for row in connection.execute(query)
        ]
