"""Which days of a source were pulled, and what they told, so that a pull goes on where the one before ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import BigInteger, Column, Date, DateTime, Engine, Table, Text, select
from sqlalchemy.dialects.postgresql import insert

from sql.base.tables import metadata

pulls = Table(
    "pulled_days",
    metadata,
    Column("use_case", Text, primary_key=True),
    Column("first_day", Date, primary_key=True, comment="In the time zone of the forecast."),
    Column("end_day", Date, nullable=False, comment="The day after the last."),
    Column("pulled_at", DateTime(timezone=True), nullable=False, comment="When they were asked for, the last time."),
    Column("rows", BigInteger, nullable=False),
    Column("digest", Text, nullable=False, comment="SHA-256 of what was told, as the file that was taken in."),
    comment="Days of a source that were pulled.",
)


@dataclass(frozen=True, slots=True)
class PulledDays:
    """Days that were pulled."""

    start: date
    end: date
    pulled_at: datetime
    rows: int
    digest: str


def pulled_days(engine: Engine, use_case: str) -> dict[date, PulledDays]:
    """Return the days of a use case that were pulled, by the first of each run."""
    query = select(pulls).where(pulls.c.use_case == use_case)
    with engine.connect() as connection:
        return {
            row.first_day: PulledDays(row.first_day, row.end_day, row.pulled_at.astimezone(UTC), row.rows, row.digest)
            for row in connection.execute(query)
        }


def note_pulled(engine: Engine, use_case: str, days: PulledDays) -> None:
    """Note that days were pulled, in place of what was noted before."""
    values = {
        "end_day": days.end, "pulled_at": days.pulled_at, "rows": days.rows, "digest": days.digest,
    }  # fmt: skip
    statement = insert(pulls).values(use_case=use_case, first_day=days.start, **values)
    with engine.begin() as connection:
        connection.execute(statement.on_conflict_do_update(index_elements=["use_case", "first_day"], set_=values))
