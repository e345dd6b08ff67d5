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
    FromClause,
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
from sql.ledger.batch_hours import one_batch, received_batches
from sql.quarantine.rows import IS_DISCARDED, IS_REPLAYED

MOST_LISTED = 50
"""Rules, and batches, that are listed; more than a screen of them nobody reads."""


MOST_COUNTED = 100_000
"""Bad rows whose reasons are counted, those of the newest batches; counting those of millions would take seconds."""


_DECIDED = {"replayed": IS_REPLAYED, "discarded": IS_DISCARDED}


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
    discarded: int
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
    not_kept: int
    """Those of the bad rows that only the refused file itself holds, or what a job reads."""
    replayed: int
    discarded: int


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


def received(window: QualityWindow, width: timedelta | None = None) -> FromClause:
    """Select what a window brought, in the columns of :func:`sql.ledger.batch_hours.received_batches`."""
    if window.batch_id is not None:
        return one_batch(*window.conditions)
    return received_batches(window.use_case, window.start, window.end, width)


def count_decided(connection: Connection, window: QualityWindow) -> dict[str, int]:
    """Count the bad rows of a window that were sent again, and those that were discarded."""
    of_window = (*window.conditions, batches.c.rows_quarantined > 0)
    rows = quarantine.join(batches, batches.c.id == quarantine.c.batch_id)
    # Each by an index of its own, for those that wait may be millions.
    return {
        name: connection.scalar(select(func.count()).select_from(rows).where(*of_window, condition)) or 0
        for name, condition in _DECIDED.items()
    }


def _totals(connection: Connection, window: QualityWindow) -> Totals:
    found = received(window).c
    names = ("rows_in", "rows_quarantined", "rows_observed", "refused")
    sums = connection.execute(select(*(total(found[name]).label(name) for name in names))).mappings().one()
    elsewhere = sums["rows_quarantined"] + sums["rows_observed"] + _unrecorded(connection, window)
    return Totals(
        rows_in=sums["rows_in"],
        predicted=sums["rows_in"] - elsewhere,
        quarantined=sums["rows_quarantined"],
        **count_decided(connection, window),
        refused_batches=sums["refused"],
    )


def _unrecorded(connection: Connection, window: QualityWindow) -> int:
    """Count the good rows of a window that are not predicted: few, where history is long."""
    open_parts = (parts.c.use_case == window.use_case, parts.c.recorded_at.is_(None))
    own = select(total(parts.c.rows)).join(batches, batches.c.id == parts.c.batch_id)
    # All good rows of a batch that shares a part are in it.
    good = total(batches.c.rows_in - batches.c.rows_quarantined)
    shared = select(good).select_from(parts).join(batches, batches.c.part_id == parts.c.part_id)
    both = (query.where(*window.conditions, *open_parts) for query in (own, shared))
    return sum(connection.scalars(query).one() for query in both)


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
    of_batch = quarantine.c.batch_id == batches.c.id
    decided = [
        select(func.count()).where(of_batch, condition).scalar_subquery().label(name)
        for name, condition in _DECIDED.items()
    ]
    query = (
        select(
            batches.c.id.label("batch_id"),
            batches.c.name,
            batches.c.source,
            batches.c.received_at,
            batches.c.rows_in,
            batches.c.rows_quarantined.label("quarantined"),
            batches.c.rows_not_kept.label("not_kept"),
            *decided,
        )
        .where(*window.conditions, batches.c.rows_quarantined > 0)
        .order_by(batches.c.received_at.desc(), batches.c.id.desc())
        .limit(MOST_LISTED)
    )
    return [BadBatch(**row) for row in connection.execute(query).mappings()]


def _by_time(connection: Connection, window: QualityWindow, width: timedelta) -> list[QualitySpan]:
    found = received(window, width).c
    start = func.date_bin(literal(width, Interval), found.moment, window.start).label("start")
    sums = total(found.rows_in).label("rows_in"), total(found.rows_quarantined).label("quarantined")
    query = select(start, *sums).group_by(start).order_by(start)
    return [QualitySpan(**row) for row in connection.execute(query).mappings()]


def total(rows: ColumnElement[int]) -> ColumnElement[int]:
    """Add up rows; none are 0."""
    return cast(func.coalesce(func.sum(rows), 0), BigInteger)
