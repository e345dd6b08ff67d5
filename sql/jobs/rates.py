"""How fast jobs have been, measured on those that are done."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from sqlalchemy import Engine, func, select

from sql.base.tables import batches, jobs, parts
from sql.jobs.orders import JobState

LAST_JOBS = 5
"""Jobs whose median counts: one that was paused, or ran beside others, does not decide alone."""

LEAST_ROWS = 100_000
"""Rows of a job that counts: a smaller one hardly takes longer than its start."""


@dataclass(frozen=True, slots=True)
class MeasuredRate:
    """Rows a second of the last jobs of a use case, from plan to manifest."""

    rows_per_second: float
    jobs: int
    """Jobs it was measured on."""


def measured_rate(engine: Engine, use_case: str) -> MeasuredRate | None:
    """Return the median rate of the last jobs of a use case; none where no large one is done."""
    planned_at = select(func.min(parts.c.planned_at)).where(parts.c.batch_id == jobs.c.id).scalar_subquery()
    seconds = func.extract("epoch", jobs.c.finished_at - planned_at)
    query = (
        select(batches.c.rows_in, seconds.label("seconds"))
        .join(batches, batches.c.id == jobs.c.id)
        .where(jobs.c.use_case == use_case, jobs.c.state == JobState.DONE.value, batches.c.rows_in >= LEAST_ROWS)
        .order_by(jobs.c.finished_at.desc())
        .limit(LAST_JOBS)
    )
    with engine.connect() as connection:
        rates = [row.rows_in / float(row.seconds) for row in connection.execute(query) if row.seconds]
    return MeasuredRate(median(rates), len(rates)) if rates else None
