"""Batches with where their rows are, as the view `batch_ledger` counts them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Engine,
    FromClause,
    Integer,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    Uuid,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.exc import OperationalError

from broker.messages import Source
from sql.base.reading import reading
from sql.base.tables import SCHEMA, batches
from sql.ledger.batches import BatchState

MOST_COUNTED = 10_000
"""Batches that a list counts: publishers make one for each message, and nobody needs to know of millions how many."""

COUNT_PATIENCE = timedelta(seconds=0.3)
"""How long a list waits for that number, which it can do without."""

_QUERY_CANCELED = "57014"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLedger:
    """A batch and where its rows are: rows in = predicted + observed + quarantined + dead-lettered + pending."""

    batch_id: UUID
    use_case: str
    source: Source
    name: str
    state: BatchState
    problem: str | None
    received_at: datetime
    finished_at: datetime | None
    """When the last row was read."""
    first_id: UUID
    last_id: UUID
    rows_in: int
    predicted: int
    observed: int
    """Rows that are observations of a forecast, stored when they were read."""
    quarantined: int
    dead_lettered: int
    pending: int
    planned: int
    last_recorded_at: datetime | None
    model_version: int | None
    part_id: UUID | None
    """Part that holds its good rows beside those of other batches; None if its parts are its own."""

    @property
    def settled(self) -> int:
        """Rows that have found their place."""
        return self.predicted + self.observed + self.quarantined + self.dead_lettered

    @property
    def committed_at(self) -> datetime | None:
        """When its last predictions, or its observations, were stored, so far."""
        return self.last_recorded_at or (self.finished_at if self.observed else None)

    @property
    def is_balanced(self) -> bool:
        """Whether every row that was read is in exactly one place."""
        return self.rows_in == self.settled + self.pending

    @property
    def is_done(self) -> bool:
        """Whether every row has found its place."""
        return self.state.is_final and self.pending == 0

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Read from a row of the view, which may have more columns."""
        found = row._asdict()
        values = {column.name: found[column.name] for column in ledger.c}
        counts = ("rows_in", "predicted", "observed", "quarantined", "dead_lettered", "pending", "planned")
        return cls(
            **{
                **values,
                # Sums of sums come as decimals.
                **{name: int(values[name]) for name in counts},
                "source": Source(row.source),
                "state": BatchState(row.state),
                "received_at": row.received_at.astimezone(UTC),
            }
        )


def find_batch(engine: Engine, batch_id: UUID) -> BatchLedger | None:
    """Find a batch by its id, with its ledger; None if there is none."""
    with engine.connect() as connection:
        row = connection.execute(select(ledger).where(ledger.c.batch_id == batch_id)).one_or_none()
    return None if row is None else BatchLedger.from_row(row)


def find_batches(engine: Engine, batch_ids: Collection[UUID]) -> dict[UUID, BatchLedger]:
    """Find those of some batches that there are, with their ledgers."""
    with engine.connect() as connection:
        found = connection.execute(select(ledger).where(ledger.c.batch_id.in_(batch_ids)))
        return {row.batch_id: BatchLedger.from_row(row) for row in found}


def list_batches(
    engine: Engine,
    *,
    use_case: str | None = None,
    source: Source | None = None,
    state: BatchState | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[BatchLedger]:
    """List batches with their ledgers, the newest first.

    Parameters
    ----------
    engine
        Where to look.
    use_case, source, state
        Only batches of this use case, that came through this door, that are read this far.
    after
        The batch a page ended with; the list goes on from there.
    limit
        Most batches to give.
    """
    query = select(ledger).order_by(ledger.c.received_at.desc(), ledger.c.batch_id.desc()).limit(limit)
    query = query.where(*_wanted(ledger, use_case, source, state))
    if after is not None:
        last = select(batches.c.received_at, batches.c.id).where(batches.c.id == after).scalar_subquery()
        query = query.where(tuple_(ledger.c.received_at, ledger.c.batch_id) < last)
    with engine.connect() as connection:
        return [BatchLedger.from_row(row) for row in connection.execute(query)]


def count_batches(
    engine: Engine,
    *,
    use_case: str | None = None,
    source: Source | None = None,
    state: BatchState | None = None,
) -> int | None:
    """Count the batches that a list goes through, up to one more than :data:`MOST_COUNTED`; none where that takes too long."""
    found = select(literal(1)).select_from(batches).where(*_wanted(batches, use_case, source, state))
    query = select(func.count()).select_from(found.limit(MOST_COUNTED + 1).subquery())
    try:
        with reading(engine, COUNT_PATIENCE) as connection:
            return connection.scalar(query)
    except OperationalError as error:
        if getattr(error.orig, "pgcode", None) == _QUERY_CANCELED:
            return None
        raise


def _wanted(
    table: FromClause, use_case: str | None, source: Source | None, state: BatchState | None
) -> list[ColumnElement[bool]]:
    wanted = {"use_case": use_case, "source": source, "state": state}
    return [table.c[name] == str(value) for name, value in wanted.items() if value is not None]


ledger = Table(
    "batch_ledger",
    MetaData(schema=SCHEMA),
    Column("batch_id", Uuid),
    Column("use_case", Text),
    Column("source", Text),
    Column("name", Text),
    Column("state", Text),
    Column("problem", Text),
    Column("received_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("first_id", Uuid),
    Column("last_id", Uuid),
    Column("rows_in", BigInteger),
    Column("predicted", BigInteger),
    Column("quarantined", BigInteger),
    Column("dead_lettered", BigInteger),
    Column("pending", BigInteger),
    Column("planned", BigInteger),
    Column("last_recorded_at", DateTime(timezone=True)),
    Column("model_version", Integer),
    Column("part_id", Uuid),
    Column("observed", BigInteger),
)
"""The view of `views/batch_ledger.sql`."""


def pending_batches(engine: Engine, source: Source, since: datetime) -> list[BatchLedger]:
    """Return the batches that came through a door since a moment and have rows on their way."""
    wanted = (ledger.c.source == source.value, ledger.c.received_at >= since, ledger.c.pending > 0)
    return _read(engine, select(ledger).where(*wanted))


def batches_by_id(engine: Engine, batch_ids: Collection[UUID]) -> list[BatchLedger]:
    """Return these batches as they are now."""
    return _read(engine, select(ledger).where(ledger.c.batch_id.in_(batch_ids))) if batch_ids else []


def _read(engine: Engine, query: Select[Any]) -> list[BatchLedger]:
    with engine.connect() as connection:
        return [BatchLedger.from_row(row) for row in connection.execute(query.order_by(ledger.c.received_at))]
