"""Batches: what arrived, how far it was read, and where its rows are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    Uuid,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert

from broker.ids import first_prediction_id, last_prediction_id, to_milliseconds
from broker.messages import MAX_PART_ROWS, Source
from sql.base.tables import SCHEMA, batches


class BatchState(StrEnum):
    """How far a batch is read; whether its rows are predicted is for the ledger to say."""

    RECEIVED = "received"
    INGESTING = "ingesting"
    INGESTED = "ingested"
    REFUSED = "refused"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will be read."""
        return self in {BatchState.INGESTED, BatchState.REFUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch as it is being read."""

    id: UUID
    use_case: str
    source: Source
    name: str
    state: BatchState
    schema_hash: str
    received_at: datetime
    part_rows: int
    rows_in: int
    rows_quarantined: int
    problem: str | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Read from a row of the table."""
        return cls(
            id=row.id,
            use_case=row.use_case,
            source=Source(row.source),
            name=row.name,
            state=BatchState(row.state),
            schema_hash=row.schema_hash,
            received_at=row.received_at.astimezone(UTC),
            part_rows=row.part_rows,
            rows_in=row.rows_in,
            rows_quarantined=row.rows_quarantined,
            problem=row.problem,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLedger:
    """A batch and where its rows are: rows in = predicted + quarantined + dead-lettered + pending."""

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
    quarantined: int
    dead_lettered: int
    pending: int
    planned: int
    last_recorded_at: datetime | None
    model_version: int | None

    @property
    def is_balanced(self) -> bool:
        """Whether every row that was read is in exactly one place."""
        return self.rows_in == self.predicted + self.quarantined + self.dead_lettered + self.pending

    @property
    def is_done(self) -> bool:
        """Whether every row has found its place."""
        return self.state.is_final and self.pending == 0

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Read from a row of the view."""
        values = row._asdict()
        counts = ("rows_in", "predicted", "quarantined", "dead_lettered", "pending", "planned")
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


def announce_batch(
    where: Engine | Connection,
    *,
    batch_id: UUID,
    use_case: str,
    source: Source,
    name: str,
    schema_hash: str,
    part_rows: int = MAX_PART_ROWS,
) -> Batch:
    """Make a batch known when it arrives; one that came before stays as it is, with the time it first came."""
    if isinstance(where, Engine):
        with where.begin() as connection:
            return announce_batch(
                connection,
                batch_id=batch_id,
                use_case=use_case,
                source=source,
                name=name,
                schema_hash=schema_hash,
                part_rows=part_rows,
            )
    # Cut to what an id keeps, so that stored time and id never disagree.
    received_at = to_milliseconds(datetime.now(UTC))
    statement = insert(batches).values(
        id=batch_id,
        use_case=use_case,
        source=source.value,
        name=name,
        state=BatchState.RECEIVED.value,
        schema_hash=schema_hash,
        received_at=received_at,
        first_id=first_prediction_id(received_at, batch_id),
        last_id=last_prediction_id(received_at, batch_id),
        part_rows=part_rows,
    )
    row = where.execute(statement.on_conflict_do_nothing().returning(batches)).one_or_none()
    return Batch.from_row(row or where.execute(select(batches).where(batches.c.id == batch_id)).one())


def find_batch(engine: Engine, batch_id: UUID) -> BatchLedger | None:
    """Find a batch by its id, with its ledger; None if there is none."""
    with engine.connect() as connection:
        row = connection.execute(select(ledger).where(ledger.c.batch_id == batch_id)).one_or_none()
    return None if row is None else BatchLedger.from_row(row)


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
    for column, wanted in ((ledger.c.use_case, use_case), (ledger.c.source, source), (ledger.c.state, state)):
        if wanted is not None:
            query = query.where(column == str(wanted))
    if after is not None:
        last = select(batches.c.received_at, batches.c.id).where(batches.c.id == after).scalar_subquery()
        query = query.where(tuple_(ledger.c.received_at, ledger.c.batch_id) < last)
    with engine.connect() as connection:
        return [BatchLedger.from_row(row) for row in connection.execute(query)]


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
