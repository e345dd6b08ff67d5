"""Rows of predictions that left the database for files: how many they are, of which day and batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, Date, Engine, Index, Table, Text, Uuid, func, select

from broker.ids import received_at_of
from sql.base.reading import reading
from sql.base.tables import metadata

archived_rows = Table(
    "archived_rows",
    metadata,
    Column("use_case", Text, nullable=False),
    Column("day", Date, nullable=False, comment="Of the time they were received, in UTC."),
    Column("batch_id", Uuid, comment="None for the rows of requests."),
    Column("rows", BigInteger, nullable=False),
    Column("target", Text, nullable=False, comment="Where the files are."),
    Index("archived_rows_by_day", "use_case", "day"),
    comment="Predictions that are in files and no longer in their table; the ledger counts them all the same.",
)

_VERSION: Final = 7
"""Of the ids of predictions, in which a time comes first."""

_LOCK: Final = func.hashtextextended("smartpredict.archive", 0)


@contextmanager
def archive_at_rest(engine: Engine) -> Iterator[None]:
    """Have no rows leave or come back while the block runs.

    A table that is emptied is empty for everybody at once, also for who looks at an earlier moment.
    """
    # Outside of a transaction, whose moment would be that before the lock.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(select(func.pg_advisory_lock_shared(_LOCK)))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock_shared(_LOCK)))


def lock_archive(connection: Connection) -> None:
    """Wait until nobody needs the archive at rest, and let nobody need it until this transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def count_archived(
    connection: Connection,
    use_case: str,
    first: date | None = None,
    last: date | None = None,
    batch_id: UUID | None = None,
) -> int:
    """Return how many rows of a use case are archived: all of them, or those of some days and of a batch."""
    query = select(func.coalesce(func.sum(archived_rows.c.rows), 0)).where(archived_rows.c.use_case == use_case)
    if first is not None:
        query = query.where(archived_rows.c.day >= first)
    if last is not None:
        query = query.where(archived_rows.c.day <= last)
    if batch_id is not None:
        query = query.where(archived_rows.c.batch_id == batch_id)
    return int(connection.execute(query).scalar_one())


def archived_between(
    engine: Engine,
    use_case: str,
    start: datetime | None = None,
    end: datetime | None = None,
    batch_id: UUID | None = None,
) -> int:
    """Return how many rows are archived of the days that a range of time touches, and of a batch where one is given."""
    first, last = (None if moment is None else moment.astimezone(UTC).date() for moment in (start, end))
    with reading(engine) as connection:
        return count_archived(connection, use_case, first, last, batch_id)


def archived_of_requests(connection: Connection, use_case: str) -> int:
    """Return how many rows of a use case are archived that belong to no batch."""
    query = select(func.coalesce(func.sum(archived_rows.c.rows), 0))
    of_requests = archived_rows.c.use_case == use_case, archived_rows.c.batch_id.is_(None)
    return int(connection.execute(query.where(*of_requests)).scalar_one())


@dataclass(frozen=True, slots=True)
class ArchiveLook:
    """Answers whoever does not find a row that rows of its time are archived, and how they come back; asks once for each day.

    Attributes
    ----------
    connection, use_case
        Whose rows they are.
    """

    connection: Connection
    use_case: str
    _told: dict[tuple[date, date], str] = field(default_factory=dict)

    def of_id(self, prediction_id: UUID) -> str:
        """Return what to say of the prediction of an id; nothing where none of its day is archived."""
        if prediction_id.version != _VERSION:
            return ""
        try:
            day = received_at_of(prediction_id).date()
        except OverflowError:
            return ""
        return self.between(day, day)

    def between(self, first: date, last: date) -> str:
        """Return what to say of predictions of some days; nothing where none of them is archived."""
        if (first, last) not in self._told:
            rows = count_archived(self.connection, self.use_case, first, last)
            month = (
                f"{first:%Y-%m}"
                if (first.year, first.month) == (last.year, last.month)
                else f"{first:%Y-%m} to {last:%Y-%m}"
            )
            said = (
                f"; {rows:,} rows of {month} are archived: smartpredict restore {self.use_case} MONTH brings them back"
            )
            self._told[first, last] = said if rows else ""
        return self._told[first, last]
