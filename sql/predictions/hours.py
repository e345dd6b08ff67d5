"""Predictions counted by hour: added up once from the counts of parts, and read in place of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Double,
    Engine,
    Integer,
    Interval,
    Select,
    Table,
    Text,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert

from sql.base.reading import reading
from sql.base.tables import metadata
from sql.predictions.counts import Counted, CountFilter, count_query, first_recorded_at

HOUR = timedelta(hours=1)

SETTLED = timedelta(hours=2)
"""Age of an hour in which no part is recorded any more: a part counts from the beginning of its transaction, which lasts minutes."""

STEP = timedelta(days=7)
"""Hours that one transaction adds up; an installation that was never rolled up has years of them."""

prediction_hours = Table(
    "prediction_hours",
    metadata,
    Column("use_case", Text, primary_key=True),
    Column("hour", DateTime(timezone=True), primary_key=True),
    Column("model_version", Integer, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("predicted", Text, primary_key=True, comment="Class; empty where numbers are predicted."),
    Column("rows", BigInteger, nullable=False),
    Column("total", Double, comment="Sum of the predicted numbers; none of classes."),
    comment="Predictions that were recorded within an hour, added up from the counts of parts.",
)

prediction_hours_until = Table(
    "prediction_hours_until",
    metadata,
    Column("use_case", Text, primary_key=True),
    Column("until", DateTime(timezone=True), nullable=False, comment="Hours before are added up."),
    comment="How far predictions are counted by hour.",
)


def roll_up_hours(engine: Engine, use_case: str, now: datetime | None = None) -> int:
    """Add up the hours that are over and not added up yet; return how many. Doing it again adds nothing."""
    end = _whole_hour((now or datetime.now(UTC)) - SETTLED)
    start = _until(engine, use_case)
    if start is None:
        first = first_recorded_at(engine, use_case)
        if first is None:
            return 0
        start = _whole_hour(first)
    hours = 0
    while start < end:
        stop = min(start + STEP, end)
        with engine.begin() as connection:
            if not _advance(connection, use_case, start, stop):
                return hours  # another run was here
            query = count_query(CountFilter(use_case=use_case, start=start, end=stop, width=HOUR))
            counted = [
                dict(zip(("hour", "source", "model_version", "predicted", "rows", "total"), row, strict=True))
                for row in connection.execute(query)
            ]
            if counted:
                connection.execute(insert(prediction_hours), [{"use_case": use_case, **one} for one in counted])
        hours += int((stop - start) / HOUR)
        start = stop
    return hours


def count_predictions(engine: Engine, which: CountFilter) -> list[Counted]:
    """Count predictions in the order of their time: from hours that are added up, and parts of the time after them."""
    with reading(engine) as connection:
        return [Counted(*row) for row in connection.execute(summary_query(connection, which))]


def summary_query(connection: Connection, which: CountFilter) -> Select[Any]:
    """Build the query behind :func:`count_predictions`; of time that is added up it costs a row for each hour, class, door and version."""
    summed_until = _summed_until(connection, which)
    if summed_until is None:
        return count_query(which)
    recent = count_query(replace(which, since=summed_until)).subquery()
    earlier = _hours_query(which, summed_until).subquery()
    both = union_all(select(earlier), select(recent)).subquery()
    start, source, version, predicted, rows, total = both.c
    keys = (start, source, version, predicted)
    return select(*keys, cast(func.sum(rows), BigInteger), func.sum(total)).group_by(*keys).order_by(*keys)


def _summed_until(connection: Connection, which: CountFilter) -> datetime | None:
    """Return the moment before which hours answer; none where spans are no whole hours, or none is added up."""
    if which.width % HOUR or which.start != _whole_hour(which.start):
        return None
    until: datetime | None = connection.scalar(
        select(prediction_hours_until.c.until).where(prediction_hours_until.c.use_case == which.use_case)
    )
    if until is None or until <= which.start:
        return None
    return min(until, _whole_hour(which.end))


def _hours_query(which: CountFilter, until: datetime) -> Select[Any]:
    hours = prediction_hours.c
    start = func.date_bin(literal(which.width, Interval), hours.hour, which.start).label("start")
    keys = (start, hours.source, hours.model_version, hours.predicted)
    query = (
        select(*keys, func.sum(hours.rows).label("rows"), func.sum(hours.total).label("total"))
        .where(hours.use_case == which.use_case, hours.hour >= which.start, hours.hour < until)
        .group_by(*keys)
    )
    if which.source is not None:
        query = query.where(hours.source == which.source.value)
    if which.model_version is not None:
        query = query.where(hours.model_version == which.model_version)
    return query.where(hours.predicted.in_(which.classes)) if which.classes else query


def _advance(connection: Connection, use_case: str, start: datetime, stop: datetime) -> bool:
    """Move the moment forward; of two runs at once one does, and the other finds it moved."""
    known = insert(prediction_hours_until).values(use_case=use_case, until=start).on_conflict_do_nothing()
    connection.execute(known)
    moved = (
        prediction_hours_until.update()
        .where(prediction_hours_until.c.use_case == use_case, prediction_hours_until.c.until == start)
        .values(until=stop)
    )
    return connection.execute(moved).rowcount == 1


def _until(engine: Engine, use_case: str) -> datetime | None:
    with engine.connect() as connection:
        found: datetime | None = connection.scalar(
            select(prediction_hours_until.c.until).where(prediction_hours_until.c.use_case == use_case)
        )
    return found


def _whole_hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
