"""Which origin is due: looked up in the observations, a series at a time, so that it costs as little as there are series."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Engine,
    FromClause,
    Select,
    Text,
    cast,
    column,
    func,
    literal,
    select,
    true,
)

from sql.observations.tables import observation_table
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of, series_names


def due_origin(engine: Engine, use_case: UseCase, now: datetime) -> datetime | None:
    """Return the newest time that can be forecast from; nothing where there is no reading.

    It is the newest that every series has reached, or the newest with a reading whose delay has gone by.
    """
    table, names = observation_table(use_case), _names(use_case)
    newest = (
        select(func.max(table.c.event_time).label("newest"))
        .where(table.c.series == names.c.name, table.c.event_time <= now, table.c[use_case.target].is_not(None))
        .lateral("newest")
    )
    with engine.connect() as connection:
        found = list(connection.scalars(select(newest.c.newest).select_from(names.join(newest, true()))))
    given = sorted(moment for moment in found if moment is not None)
    if not given:
        return None
    delay = timedelta(microseconds=options_of(use_case).delay_microseconds)
    reached = given[:1] if len(given) == len(found) else []
    return max([*reached, *(moment for moment in given if moment + delay <= now)], default=None)


def versions_seen(engine: Engine, use_case: UseCase, since: datetime) -> int:
    """Count the versions of readings since a time: one more, and forecasts may come out otherwise."""
    table, names = observation_table(use_case), _names(use_case)
    counted: Select[Any] = select(func.count().label("versions")).where(
        table.c.series == names.c.name, table.c.event_time >= since
    )
    of_series = counted.lateral("counted")
    total: ColumnElement[int] = cast(func.coalesce(func.sum(of_series.c.versions), 0), BigInteger)
    with engine.connect() as connection:
        return connection.execute(select(total).select_from(names.join(of_series, true()))).scalar_one()


def _names(use_case: UseCase) -> FromClause:
    return (
        func.unnest(literal(list(series_names(use_case)), ARRAY(Text)))
        .table_valued(column("name", Text), name="names")
        .render_derived()
    )
