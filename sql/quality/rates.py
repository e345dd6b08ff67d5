"""How good what came in was: rows, bad rows, what was wrong with them, batch by batch and over time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Interval,
    Subquery,
    Text,
    cast,
    column,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from sql.base.reading import reading
from sql.base.tables import batches, parts, quarantine
from sql.ledger.batches import BatchState

MOST_LISTED = 50
"""Rules, and batches, that are listed; more than a screen of them nobody reads."""


MOST_COUNTED = 100_000
"""Bad rows whose reasons are counted, those of the newest batches; counting those of millions would take seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityWindow:
    """Which batches are meant, by the time they were received."""

    use_case: str
    start: datetime
    end: datetime
    batch_id: UUID | None = None
    """The only one that is meant."""

    @property
    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """Conditions on the table of batches."""
        received_at = batches.c.received_at
        in_time = (batches.c.use_case == self.use_case, received_at >= self.start, received_at < self.end)
        return in_time if self.batch_id is None else (*in_time, batches.c.id == self.batch_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Where the rows of batches are."""

    rows_in: int
    predicted: int
    quarantined: int
    replayed: int
    refused_batches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """A rule that rows broke."""

    column: str | None
    rule: str
    rows: int
    example: str | None
    """A value that broke it."""
    message: str
    """What was said about that value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadBatch:
    """A batch that brought bad rows."""

    batch_id: UUID
    name: str
    source: str
    received_at: datetime
    rows_in: int
    quarantined: int
    replayed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySpan:
    """Rows that came in during a span of time."""

    start: datetime
    rows_in: int
    quarantined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """All of it."""

    totals: Totals
    by_rule: Sequence[BrokenRule]
    by_batch: Sequence[BadBatch]
    by_time: Sequence[QualitySpan]


def first_received_at(engine: Engine, use_case: str) -> datetime | None:
    """Return when the first batch of a use case was received; None if there is none."""
    with reading(engine) as connection:
        query = select(func.min(batches.c.received_at)).where(batches.c.use_case == use_case)
        first: datetime | None = connection.scalar(query)
    return first


def read_quality(engine: Engine, window: QualityWindow, width: timedelta) -> Quality:
    """Count; spans of time begin at the window's start and follow each other in this width."""
    with reading(engine) as connection:
        return Quality(
            totals=_totals(connection, window),
            by_rule=_by_rule(connection, window),
            by_batch=bad_batches(connection, window),
            by_time=_by_time(connection, window, width),
        )


def _totals(connection: Connection, window: QualityWindow) -> Totals:
    read = select(_sum(batches.c.rows_in), _sum(batches.c.rows_quarantined)).where(*window.conditions)
    predicted = (
        select(_sum(parts.c.rows))
        .join(batches, batches.c.id == parts.c.batch_id)
        .where(*window.conditions, parts.c.recorded_at.is_not(None))
    )
    # All good rows of a batch that shares a part are in it.
    shared = (
        select(_sum(batches.c.rows_in - batches.c.rows_quarantined))
        .join(parts, parts.c.part_id == batches.c.part_id)
        .where(*window.conditions, parts.c.recorded_at.is_not(None))
    )
    replayed = (
        select(func.count())
        .select_from(quarantine.join(batches, batches.c.id == quarantine.c.batch_id))
        .where(*window.conditions, quarantine.c.replayed_at.is_not(None))
    )
    refused = select(func.count()).where(*window.conditions, batches.c.state == BatchState.REFUSED.value)
    rows_in, quarantined = connection.execute(read).one()
    return Totals(
        rows_in=rows_in,
        predicted=(connection.scalar(predicted) or 0) + (connection.scalar(shared) or 0),
        quarantined=quarantined,
        replayed=connection.scalar(replayed) or 0,
        refused_batches=connection.scalar(refused) or 0,
    )


def newest_reasons(window: QualityWindow, most: int) -> Subquery:
    """Select the reasons of the newest bad rows of a window that are kept, a row for each, at most so many."""
    of_batch = select(quarantine.c.reasons).where(quarantine.c.batch_id == batches.c.id).limit(most)
    of_batch_rows = of_batch.lateral("of_batch")
    return (
        select(of_batch_rows.c.reasons)
        .select_from(batches.join(of_batch_rows, true()))
        .where(*window.conditions, batches.c.rows_quarantined > 0)
        .order_by(batches.c.received_at.desc())
        .limit(most)
        .subquery("newest")
    )


def _by_rule(connection: Connection, window: QualityWindow) -> list[BrokenRule]:
    """Count the reasons of the newest bad rows of the window."""
    newest = newest_reasons(window, MOST_COUNTED)
    reason = func.jsonb_array_elements(newest.c.reasons).table_valued(column("value", JSONB), name="reason")
    keys = reason.c.value["column"].astext, reason.c.value["rule"].astext
    # Any one of them will do for an example; the smallest is the same at every look. "C" compares bytes, which is quick.
    one = func.min(cast(reason.c.value, Text).collate("C"))
    query = (
        select(*keys, func.count(), one)
        .select_from(newest.join(reason, true()))
        .group_by(*keys)
        .order_by(func.count().desc(), *keys)
        .limit(MOST_LISTED)
    )
    return [_rule(*row) for row in connection.execute(query)]


def _rule(name: str | None, rule: str, rows: int, one: str) -> BrokenRule:
    reason: dict[str, Any] = json.loads(one)
    return BrokenRule(column=name, rule=rule, rows=rows, example=reason.get("value"), message=reason["message"])


def bad_batches(connection: Connection, window: QualityWindow) -> list[BadBatch]:
    """List the batches that brought bad rows, the newest first; at most 50."""
    replayed = (
        select(func.count())
        .where(quarantine.c.batch_id == batches.c.id, quarantine.c.replayed_at.is_not(None))
        .scalar_subquery()
    )
    query = (
        select(
            batches.c.id.label("batch_id"),
            batches.c.name,
            batches.c.source,
            batches.c.received_at,
            batches.c.rows_in,
            batches.c.rows_quarantined.label("quarantined"),
            replayed.label("replayed"),
        )
        .where(*window.conditions, batches.c.rows_quarantined > 0)
        .order_by(batches.c.received_at.desc(), batches.c.id.desc())
        .limit(MOST_LISTED)
    )
    return [BadBatch(**row) for row in connection.execute(query).mappings()]


def _by_time(connection: Connection, window: QualityWindow, width: timedelta) -> list[QualitySpan]:
    start = func.date_bin(literal(width, Interval), batches.c.received_at, window.start).label("start")
    sums = _sum(batches.c.rows_in).label("rows_in"), _sum(batches.c.rows_quarantined).label("quarantined")
    query = select(start, *sums).where(*window.conditions).group_by(start).order_by(start)
    return [QualitySpan(**row) for row in connection.execute(query).mappings()]


def _sum(rows: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(rows), 0), BigInteger)
