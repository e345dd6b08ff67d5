"""Predictions counted by hour: added up once from the counts of parts, and read in place of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
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
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import array, insert

from broker.messages import Source
from sql.base.hourly import HOUR, SETTLED, add_up, added_up_until, until_table, whole_hour
from sql.base.reading import reading
from sql.base.tables import metadata, parts
from sql.predictions.counts import Counted, CountFilter, count_query, first_recorded_at

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

prediction_hours_until = until_table("prediction_hours_until", "How far predictions are counted by hour.")


def roll_up_hours(engine: Engine, use_case: str, now: datetime | None = None) -> int:
    """Add up the hours that are over and not added up yet; return how many. Doing it again adds nothing."""

    def add(connection: Connection, start: datetime, stop: datetime) -> None:
        query = count_query(CountFilter(use_case=use_case, start=start, end=stop, width=HOUR))
        counted = [
            dict(zip(("hour", "source", "model_version", "predicted", "rows", "total"), row, strict=True))
            for row in connection.execute(query)
        ]
        if counted:
            connection.execute(insert(prediction_hours), [{"use_case": use_case, **one} for one in counted])

    end = (now or datetime.now(UTC)) - SETTLED
    return add_up(engine, prediction_hours_until, use_case, first_recorded_at(engine, use_case), end, add)


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


def last_recorded(
    connection: Connection,
    use_case: str,
    *,
    source: Source | None = None,
    model_version: int | None = None,
    classes: Sequence[str] = (),
) -> datetime | None:
    """Return when the last part with such predictions was recorded; None where there is none.

    Of time that is added up hours say when that was, so that parts of one hour are looked through, not those of years.
    """
    of_parts = select(parts.c.recorded_at).where(parts.c.use_case == use_case, parts.c.recorded_at.is_not(None))
    hours = prediction_hours.c
    of_hours = select(hours.hour).where(hours.use_case == use_case)
    if classes:
        doors = list(Source) if source is None else [source]
        of_parts = of_parts.where(or_(*(parts.c.counts[door.value].has_any(array(classes)) for door in doors)))
        of_hours = of_hours.where(hours.predicted.in_(classes))
    elif source is not None:
        of_parts = of_parts.where(parts.c.counts.has_key(source.value))
    if source is not None:
        of_hours = of_hours.where(hours.source == source.value)
    if model_version is not None:
        of_parts = of_parts.where(parts.c.model_version == model_version)
        of_hours = of_hours.where(hours.model_version == model_version)
    of_parts = of_parts.order_by(parts.c.recorded_at.desc()).limit(1)
    until = added_up_until(connection, prediction_hours_until, use_case)
    found: datetime | None = connection.scalar(
        of_parts if until is None else of_parts.where(parts.c.recorded_at >= until)
    )
    if until is None or found is not None:
        return found
    hour: datetime | None = connection.scalar(of_hours.order_by(hours.hour.desc()).limit(1))
    if hour is not None:
        found = connection.scalar(of_parts.where(parts.c.recorded_at >= hour, parts.c.recorded_at < hour + HOUR))
    return found


def _summed_until(connection: Connection, which: CountFilter) -> datetime | None:
    """Return the moment before which hours answer; none where spans are no whole hours, or none is added up."""
    if which.width % HOUR or which.start != whole_hour(which.start):
        return None
    until = added_up_until(connection, prediction_hours_until, which.use_case)
    if until is None or until <= which.start:
        return None
    return min(until, whole_hour(which.end))


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
