"""How many predictions were made, added up from the counts of parts; no prediction is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Double, Engine, Interval, Select, Text, cast, column, func, literal, select, true
from sqlalchemy.dialects.postgresql import JSONB

from broker.messages import Source
from sql.base.reading import reading
from sql.base.tables import parts


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFilter:
    """Which predictions are counted, and in what spans of time; times are those of the commit."""

    use_case: str
    start: datetime
    end: datetime
    width: timedelta
    """Spans begin at the start and follow each other in this width."""
    source: Source | None = None
    model_version: int | None = None
    classes: tuple[str, ...] = ()
    """Only these; all where there is none."""
    since: datetime | None = None
    """Only parts recorded then or later, in the same spans; from the start on if not given."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Predictions of one class, door and version within a span of time."""

    start: datetime
    source: str
    model_version: int
    predicted: str
    """The class; :data:`sql.ledger.recording.NUMBER` where a number is predicted."""
    rows: int
    total: float | None
    """Sum of the numbers; none of classes."""


def first_recorded_at(engine: Engine, use_case: str) -> datetime | None:
    """Return when the first part of a use case was recorded; None if there is none."""
    with reading(engine) as connection:
        first: datetime | None = connection.scalar(
            select(func.min(parts.c.recorded_at)).where(parts.c.use_case == use_case)
        )
    return first


def count_query(which: CountFilter) -> Select[Any]:
    """Build the query that counts predictions in the order of their time; what it costs depends on the number of parts alone."""
    alike = _alike_parts(which).subquery()
    doors = func.jsonb_each(alike.c.counts).table_valued(column("key", Text), column("value", JSONB), name="doors")
    classes = func.jsonb_each_text(doors.c.value).table_valued(
        column("key", Text), column("value", Text), name="classes"
    )
    rows = func.sum(alike.c.parts * cast(classes.c.value, BigInteger))
    total = func.sum(alike.c.parts * cast(alike.c.sums[doors.c.key].astext, Double))
    keys = (alike.c.start, doors.c.key, alike.c.model_version, classes.c.key)
    query = (
        select(*keys, cast(rows, BigInteger), total)
        .select_from(alike.join(doors, true()).join(classes, true()))
        .group_by(*keys)
        .order_by(*keys)
    )
    if which.classes:
        query = query.where(classes.c.key.in_(which.classes))
    return query if which.source is None else query.where(doors.c.key == which.source.value)


def _alike_parts(which: CountFilter) -> Select[Any]:
    """Group parts with the same counts: small ones are mostly alike, and splitting counts is what costs."""
    start = func.date_bin(literal(which.width, Interval), parts.c.recorded_at, which.start).label("start")
    keys = (start, parts.c.model_version, parts.c.counts, parts.c.sums)
    query = (
        select(*keys, func.count().label("parts"))
        .where(parts.c.use_case == which.use_case)
        .where(parts.c.recorded_at >= (which.since or which.start), parts.c.recorded_at < which.end)
        .group_by(*keys)
    )
    return query if which.model_version is None else query.where(parts.c.model_version == which.model_version)
