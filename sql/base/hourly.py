"""Sums of hours: added up once when an hour is over, and read in place of what was added up.

A table of sums has another beside it that says, for each use case, before which moment hours are added up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Connection, DateTime, Engine, Table, Text, select
from sqlalchemy.dialects.postgresql import insert

from sql.base.tables import metadata

HOUR = timedelta(hours=1)

SETTLED = timedelta(hours=2)
"""Age of an hour to which nothing is added any more: what is recorded counts from the beginning of its transaction, which lasts minutes."""

STEP = timedelta(days=7)
"""Hours that one transaction adds up; an installation that was never rolled up has years of them."""


def until_table(name: str, comment: str) -> Table:
    """Build the table that says how far hours are added up."""
    return Table(
        name,
        metadata,
        Column("use_case", Text, primary_key=True),
        Column("until", DateTime(timezone=True), nullable=False, comment="Hours before are added up."),
        comment=comment,
    )


def add_up(
    engine: Engine,
    table: Table,
    use_case: str,
    first: datetime | None,
    end: datetime,
    add: Callable[[Connection, datetime, datetime], None],
) -> int:
    """Add up the hours that are not added up yet; return how many. Doing it again adds nothing.

    Parameters
    ----------
    engine
        The database.
    table
        That says how far hours are added up; moved forward in the transaction that adds them.
    use_case
        What is added up.
    first
        The earliest moment there is something of; none if there is nothing.
    end
        The moment up to which hours are over.
    add
        Adds up the hours from one moment to another.
    """
    with engine.connect() as connection:
        start = added_up_until(connection, table, use_case)
    if start is None:
        if first is None:
            return 0
        start = whole_hour(first)
    end = whole_hour(end)
    hours = 0
    while start < end:
        stop = min(start + STEP, end)
        with engine.begin() as connection:
            if not _advance(connection, table, use_case, start, stop):
                return hours  # another run was here
            add(connection, start, stop)
        hours += int((stop - start) / HOUR)
        start = stop
    return hours


def added_up_until(connection: Connection, table: Table, use_case: str) -> datetime | None:
    """Return the moment before which hours are added up; none where none is."""
    found: datetime | None = connection.scalar(select(table.c.until).where(table.c.use_case == use_case))
    return found


def whole_hour(moment: datetime) -> datetime:
    """Return when the hour of a moment began, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _advance(connection: Connection, table: Table, use_case: str, start: datetime, stop: datetime) -> bool:
    """Move the moment forward; of two runs at once one does, and the other finds it moved."""
    connection.execute(insert(table).values(use_case=use_case, until=start).on_conflict_do_nothing())
    moved = table.update().where(table.c.use_case == use_case, table.c.until == start).values(until=stop)
    return connection.execute(moved).rowcount == 1
