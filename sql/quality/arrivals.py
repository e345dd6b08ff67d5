"""Whether anything arrives, and what was refused as a whole: the part of quality that no row tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, Interval, func, literal, select

from sql.base.reading import reading
from sql.base.tables import batches, parts
from sql.ledger.batches import BatchState
from sql.quality.rates import MOST_LISTED, QualityWindow, received, total

SCHEMA_CHANGES = ("missing column", "unknown column", "repeated column")
"""How the problem of a file begins whose columns are not those of the use case; see usecases.checking.table_check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedSpan:
    """What arrived during a span of time."""

    start: datetime
    batches: int
    refused: int
    rows_in: int
    quarantined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A batch that was refused as a whole."""

    batch_id: UUID
    name: str
    source: str
    received_at: datetime
    problem: str

    @property
    def is_schema_change(self) -> bool:
        """Whether its columns are not those of the use case."""
        return any(word in self.problem for word in SCHEMA_CHANGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """When something was heard of last."""

    last_batch_at: datetime | None
    last_prediction_at: datetime | None

    @property
    def last_at(self) -> datetime | None:
        """The later of the two."""
        return max((at for at in (self.last_batch_at, self.last_prediction_at) if at is not None), default=None)


def read_arrivals(engine: Engine, window: QualityWindow, width: timedelta) -> list[ArrivedSpan]:
    """Count what arrived, the earliest span first; spans follow each other from the window's start."""
    with reading(engine) as connection:
        found = received(window, width).c
        start = func.date_bin(literal(width, Interval), found.moment, window.start).label("start")
        sums = (found.batches, found.refused, found.rows_in)
        query = (
            select(
                start,
                *(total(column).label(column.name) for column in sums),
                total(found.rows_quarantined).label("quarantined"),
            )
            .group_by(start)
            .order_by(start)
        )
        return [ArrivedSpan(**row) for row in connection.execute(query).mappings()]


def read_refused(engine: Engine, window: QualityWindow) -> Sequence[Refused]:
    """List the batches that were refused as a whole, the newest first."""
    query = (
        select(
            batches.c.id.label("batch_id"),
            batches.c.name,
            batches.c.source,
            batches.c.received_at,
            func.coalesce(batches.c.problem, "").label("problem"),
        )
        .where(*window.conditions, batches.c.state == BatchState.REFUSED.value)
        .order_by(batches.c.received_at.desc(), batches.c.id.desc())
        .limit(MOST_LISTED)
    )
    with reading(engine) as connection:
        return [Refused(**row) for row in connection.execute(query).mappings()]


def read_heard(engine: Engine, use_case: str) -> Heard:
    """Return when something of a use case arrived last."""
    newest = select(func.max(batches.c.received_at)).where(batches.c.use_case == use_case).scalar_subquery()
    recorded = select(func.max(parts.c.recorded_at)).where(parts.c.use_case == use_case).scalar_subquery()
    with reading(engine) as connection:
        last_batch_at, last_prediction_at = connection.execute(select(newest, recorded)).one()
    return Heard(last_batch_at=last_batch_at, last_prediction_at=last_prediction_at)
