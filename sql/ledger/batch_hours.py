"""Batches counted by hour: added up once they are read, and read in place of them.

Every message of a publisher is a batch, of which a day has a million. A job is one batch that may change for days, so
those of jobs are always read themselves.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    Integer,
    Subquery,
    Table,
    TableValuedAlias,
    Text,
    cast,
    column,
    func,
    insert,
    select,
)

from broker.messages import Source
from sql.base.hourly import HOUR, SETTLED, add_up, until_table, whole_hour
from sql.base.tables import batches, metadata
from sql.ledger.batches import BatchState

batch_hours = Table(
    "batch_hours",
    metadata,
    Column("use_case", Text, primary_key=True),
    Column("hour", DateTime(timezone=True), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("batches", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False, comment="Those of them that were refused as a whole."),
    Column("rows_in", BigInteger, nullable=False),
    Column("rows_quarantined", BigInteger, nullable=False),
    Column("rows_not_kept", BigInteger, nullable=False),
    Column("rows_observed", BigInteger, nullable=False),
    comment="Batches that were received within an hour, but for those of jobs.",
)

batch_hours_until = until_table("batch_hours_until", "How far batches are counted by hour.")

_SUMS = ("rows_in", "rows_quarantined", "rows_not_kept", "rows_observed")


def roll_up_batches(engine: Engine, use_case: str, now: datetime | None = None) -> int:
    """Add up the hours whose batches are all read and not added up yet; return how many. Doing it again adds nothing."""

    def add(connection: Connection, start: datetime, stop: datetime) -> None:
        hour = func.date_trunc("hour", batches.c.received_at, "UTC").label("hour")
        query = (
            select(batches.c.use_case, hour, batches.c.source, *_counts())
            .where(*_received(use_case, start, stop), batches.c.source != Source.JOB.value)
            .group_by(batches.c.use_case, hour, batches.c.source)
            # As they are read: a page of the table holds hours that follow each other.
            .order_by(hour, batches.c.source)
        )
        connection.execute(insert(batch_hours).from_select([column.name for column in batch_hours.c], query))

    first = select(func.min(batches.c.received_at)).where(batches.c.use_case == use_case)
    # In the words of the index of batches that are not ingested.
    unread = first.where(
        batches.c.state != BatchState.INGESTED.value,
        batches.c.state != BatchState.REFUSED.value,
        batches.c.source != Source.JOB.value,
    )
    with engine.connect() as connection:
        earliest: datetime | None = connection.scalar(first)
        not_read: datetime | None = connection.scalar(unread)
    end = (now or datetime.now(UTC)) - SETTLED
    return add_up(engine, batch_hours_until, use_case, earliest, min(end, not_read or end), add)


def reopen_hours(connection: Connection, use_case: str, received_at: datetime) -> None:
    """Have the hours from a moment on added up anew: a batch of then is written down only now."""
    hour, until = whole_hour(received_at), batch_hours_until.c
    # First this: it makes a run that adds up wait, or waits for it.
    late = batch_hours_until.update().where(until.use_case == use_case, until.until > hour).values(until=hour)
    if connection.execute(late).rowcount:
        gone = batch_hours.delete().where(batch_hours.c.use_case == use_case, batch_hours.c.hour >= hour)
        connection.execute(gone)


def received_batches(use_case: str, start: datetime, end: datetime, width: timedelta | None = None) -> TableValuedAlias:
    """Select what was received between two moments: sums of hours where there are any, and else batches one by one.

    Parameters
    ----------
    use_case, start, end
        Which batches are meant.
    width
        Width of the spans, from the start on, that the moments have to tell apart; none where no moment matters.

    Returns
    -------
    sqlalchemy.TableValuedAlias
        The columns `moment`, `batches`, `refused`, `rows_in`, `rows_quarantined`, `rows_not_kept` and `rows_observed`.
    """
    by_hour = width is None or not (width % HOUR or start != whole_hour(start))
    names = ("batches", "refused", *_SUMS)
    found = func.smartpredict.received_batches(use_case, start, end, by_hour)
    moment, counts = column("moment", DateTime(timezone=True)), [column(name, BigInteger) for name in names]
    return found.table_valued(moment, *counts, name="received")


def one_batch(*conditions: ColumnElement[bool]) -> Subquery:
    """Select a batch by itself, in the columns of :func:`received_batches`."""
    is_refused = batches.c.state == BatchState.REFUSED.value
    one = (cast(1, BigInteger).label("batches"), cast(cast(is_refused, Integer), BigInteger).label("refused"))
    counts = (*one, *(batches.c[name] for name in _SUMS))
    return select(batches.c.received_at.label("moment"), *counts).where(*conditions).subquery("received")


def _received(use_case: str, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    received_at = batches.c.received_at
    return batches.c.use_case == use_case, received_at >= start, received_at < end


def _counts() -> tuple[ColumnElement[int], ...]:
    refused = func.count().filter(batches.c.state == BatchState.REFUSED.value)
    return func.count(), refused, *(cast(func.sum(batches.c[name]), BigInteger) for name in _SUMS)
