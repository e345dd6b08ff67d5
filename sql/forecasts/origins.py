"""Which origin is due, and whether readings came: looked up so that it costs as little as there are series and news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Engine,
    FromClause,
    Interval,
    Text,
    column,
    func,
    literal,
    select,
    true,
)

from sql.observations.tables import observation_table
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of, series_names

OVERLAP = timedelta(minutes=1)
"""Versions are recorded when their transaction begins, and seen when it ends; a look counts from so long before it on."""


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


@dataclass(frozen=True, slots=True)
class SeenVersions:
    """Versions of readings that were there at a look.

    Attributes
    ----------
    recorded_since, since
        Those of them that were recorded then or later, of readings of a time or later.
    versions
        How many these were.
    """

    recorded_since: datetime
    since: datetime
    versions: int


def seen_versions(
    engine: Engine, use_case: UseCase, since: datetime, before: SeenVersions | None
) -> tuple[bool, SeenVersions]:
    """Count what was recorded lately, and tell whether versions came since the look before.

    Only what was recorded since shortly before that look is counted, so it costs the same however much history there is.

    Parameters
    ----------
    engine, use_case
        The database, and whose versions.
    since
        Of readings of that time or later; forecasts may come out otherwise where there is one more.
    before
        What there was at the look before; anything is new where there was none.
    """
    table = observation_table(use_case)
    lately: ColumnElement[datetime] = func.now() - literal(OVERLAP, Interval)
    earlier = (lately, since) if before is None else (literal(before.recorded_since), before.since)

    def counted(recorded_since: ColumnElement[datetime], of_time_since: datetime) -> ColumnElement[int]:
        return func.count().filter(table.c.recorded_at >= recorded_since, table.c.event_time >= of_time_since)

    # Two counts of one statement see the same rows, so none can come between them.
    query = select(lately.label("lately"), counted(lately, since).label("now"), counted(*earlier).label("again")).where(
        table.c.recorded_at >= func.least(lately, earlier[0]), table.c.event_time >= min(since, earlier[1])
    )
    with engine.connect() as connection:
        row = connection.execute(query).one()
    is_new = before is None or row.again != before.versions
    return is_new, SeenVersions(row.lately, since, row.now)


def _names(use_case: UseCase) -> FromClause:
    return (
        func.unnest(literal(list(series_names(use_case)), ARRAY(Text)))
        .table_valued(column("name", Text), name="names")
        .render_derived()
    )
