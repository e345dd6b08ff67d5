"""Days of predictions, in UTC by the time they were received: what each holds, what it waits for, what was added since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, DateTime, Engine, cast, func, literal, or_, select, union

from broker.ids import first_id_at
from broker.messages import Source
from sql.base.reading import reading
from sql.base.tables import batches, parts
from sql.ledger.batch_ledger import ledger
from sql.ledger.batches import BatchState
from sql.predictions.archived import count_archived
from sql.predictions.tables import prediction_table
from usecases.contract.spec import UseCase

PATIENCE = timedelta(hours=1)
"""How long one statement of an export may take."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every row."""

LONGEST_TRANSACTION = timedelta(minutes=10)
"""A part is recorded as of the beginning of its transaction, and seen after its end: never so much later."""

LONGEST_REQUEST = timedelta(hours=1)
"""How long before it was recorded a request may have been received; nobody waits so long for an answer."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day in UTC."""

    date: date

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime(self.date.year, self.date.month, self.date.day, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.start + timedelta(days=1)

    def holds(self, use_case: UseCase) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions under which a prediction is of this day; the primary key answers them."""
        table = prediction_table(use_case)
        return table.c.id >= first_id_at(self.start), table.c.id < first_id_at(self.end)


def count_rows(connection: Connection, use_case: UseCase, day: Day) -> int:
    """Count the predictions of a day, which the primary key alone answers, and of one that has any those that are archived."""
    query = select(func.count()).select_from(prediction_table(use_case)).where(*day.holds(use_case))
    stored = connection.execute(query).scalar_one()
    return stored + count_archived(connection, use_case.name, day.date, day.date) if stored else 0


def batches_on_their_way(engine: Engine, use_case: UseCase, day: Day) -> int:
    """Count the batches that came in on a day and have rows that are not read, or not recorded, yet."""
    final = (BatchState.INGESTED.value, BatchState.REFUSED.value)
    query = (
        select(func.count())
        .select_from(ledger)
        .where(ledger.c.use_case == use_case.name)
        .where(ledger.c.received_at >= day.start, ledger.c.received_at < day.end)
        # What a job answers goes to its own files, and is never in the table.
        .where(ledger.c.source != Source.JOB.value)
        .where(or_(ledger.c.pending > 0, ledger.c.state.not_in(final)))
    )
    with reading(engine, PATIENCE) as connection:
        return connection.execute(query).scalar_one()


def moment_of_look(engine: Engine) -> datetime:
    """Return a moment such that whatever was recorded before it can be seen now."""
    with reading(engine) as connection:
        now: datetime = connection.execute(select(func.now())).scalar_one()
    return now - LONGEST_TRANSACTION


def days_recorded_since(engine: Engine, use_case: UseCase, moment: datetime) -> set[date]:
    """Return the days to which predictions were added since a moment, whenever they had been received."""
    recorded = (parts.c.use_case == use_case.name, parts.c.recorded_at >= moment)
    of_batch = select(_day(batches.c.received_at)).select_from(parts.join(batches, batches.c.id == parts.c.batch_id))
    sharing = select(_day(batches.c.received_at)).select_from(parts.join(batches, batches.c.part_id == parts.c.part_id))
    # A part of no batch holds requests: of its own day or, around midnight, of the day before.
    requests = [
        select(_day(parts.c.recorded_at - literal(before))).where(parts.c.batch_id.is_(None))
        for before in (timedelta(0), LONGEST_REQUEST)
    ]
    query = union(*(found.where(*recorded) for found in (of_batch, sharing, *requests)))
    with reading(engine, PATIENCE) as connection:
        return {moment.date() for moment in connection.scalars(query)}


def _day(moment: ColumnElement[datetime]) -> ColumnElement[datetime]:
    return cast(func.date_trunc("day", func.timezone("UTC", moment)), DateTime).label("day")
