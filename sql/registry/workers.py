"""Workers report themselves, so that others know which model versions are being served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from sql.base.tables import workers
from sql.registry.tables import served_versions

ALIVE_FOR = timedelta(seconds=15)
"""A worker that has not reported for this long is taken for dead: three reports of five seconds missed."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker and what it serves."""

    worker_id: str
    started_at: datetime
    seen_at: datetime
    models: dict[str, int]
    """Served version by use case."""
    problems: dict[str, str]
    """Why the champion is not served, by use case; empty where all is well."""


def report_worker(
    engine: Engine, worker_id: str, started_at: datetime, models: Mapping[str, int], problems: Mapping[str, str]
) -> None:
    """Record that a worker is alive, which versions it serves, and which it cannot."""
    # The database's clock, for the reader compares with that one too; a worker's own may be off.
    statement = insert(workers).values(
        worker_id=worker_id, started_at=started_at, seen_at=func.now(), models=dict(models), problems=dict(problems)
    )
    with engine.begin() as connection:
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["worker_id"],
                set_={name: statement.excluded[name] for name in ("started_at", "seen_at", "models", "problems")},
            )
        )
        if models:
            served = [{"use_case": name, "version": version} for name, version in sorted(models.items())]
            connection.execute(insert(served_versions).on_conflict_do_nothing(), served)


def was_served(connection: Connection, use_case: str, version: int) -> bool:
    """Return whether any worker has ever served a version."""
    served = served_versions.c
    found = exists().where(served.use_case == use_case, served.version == version)
    return bool(connection.scalar(select(found)))


def remove_worker(engine: Engine, worker_id: str) -> None:
    """Forget a worker that stops in good order."""
    with engine.begin() as connection:
        connection.execute(delete(workers).where(workers.c.worker_id == worker_id))


def alive_workers(engine: Engine) -> list[Worker]:
    """List the workers that reported lately, oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(workers)
            .where(workers.c.seen_at > func.now() - ALIVE_FOR)
            .order_by(workers.c.started_at, workers.c.worker_id)
        )
        return [Worker(**row._mapping) for row in rows]  # noqa: SLF001  # SQLAlchemy's public name begins so
