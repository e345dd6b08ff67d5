"""Writing down batches: that they arrived, what became of their rows chunk by chunk, that they were read to the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Row, case, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from broker.ids import first_prediction_id, last_prediction_id, to_milliseconds
from broker.messages import MAX_PART_ROWS, Lane, Source
from sql.base.tables import WITHOUT_ID, batches, dead_letters, parts
from sql.ledger.observed import NONE_OBSERVED, ObservedRows, store_observed
from sql.quarantine.rows import QuarantinedRow, copy_into_quarantine
from sql.registry.mappings import MAPPINGS_OF_A_BATCH


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
    rows_not_kept: int = 0
    """Those of the quarantined rows that only the refused file itself holds."""
    part_id: UUID | None = None
    """Part that holds its good rows beside those of other batches."""
    mappings: Sequence[Mapping[str, Any]] = ()
    """How files with a header are read, as accepted when it was received; only known where a batch is announced."""

    @property
    def rows_kept(self) -> int:
        """Rows that can be looked at and repaired in quarantine."""
        return self.rows_quarantined - self.rows_not_kept

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
            rows_not_kept=row.rows_not_kept,
            part_id=row.part_id,
        )


class BatchIdReusedError(Exception):
    """The id of a batch stands for other content."""


class ChunkGapError(Exception):
    """A chunk was to be recorded although the one before it was not."""


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """A part whose rows were read."""

    part_id: UUID
    part_number: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadChunk:
    """What became of a run of rows of a batch: planned for a worker, stored as observations, or in quarantine."""

    rows_before: int
    """Rows of the batch before these."""
    rows: int
    parts: Sequence[PlannedPart]
    quarantined: Sequence[QuarantinedRow]
    observed: ObservedRows | None = None
    not_kept: int = 0
    """Further bad rows, that are counted among those in quarantine and only the file itself holds."""
    problem: str | None = None
    """Why the rest of the batch is refused, from this chunk on."""

    @property
    def bad(self) -> int:
        """Number of rows that did not go on."""
        return len(self.quarantined) + self.not_kept


def announce_batch(
    where: Engine | Connection,
    *,
    batch_id: UUID,
    use_case: str,
    source: Source,
    name: str,
    schema_hash: str,
    part_rows: int = MAX_PART_ROWS,
    digest: str | None = None,
    received_at: datetime | None = None,
) -> Batch:
    """Make a batch known when it arrives, now if no time is given; one that came before stays as it is, with its time.

    Raises
    ------
    BatchIdReusedError
        If it came before with another digest.
    """
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
                digest=digest,
                received_at=received_at,
            )
    # Cut to what an id keeps, so that stored time and id never disagree.
    received_at = to_milliseconds(received_at or datetime.now(UTC))
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
        digest=digest,
    )
    row = where.execute(statement.on_conflict_do_nothing().returning(batches, MAPPINGS_OF_A_BATCH)).one_or_none()
    if row is None:
        row = where.execute(select(batches, MAPPINGS_OF_A_BATCH).where(batches.c.id == batch_id)).one()
        if row.digest not in {None, digest}:
            raise BatchIdReusedError(name)
    return replace(Batch.from_row(row), mappings=row.file_mappings or ())


def waits_in_a_letter(part_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Ask whether a part is a dead letter that nobody has replayed."""
    # Of one column, for a worker may read no other of this table.
    letter = select(dead_letters.c.part_id)
    return letter.where(dead_letters.c.part_id == part_id, dead_letters.c.replayed_at.is_(None)).exists()


def unrecorded_parts(engine: Engine, batch_id: UUID) -> frozenset[int]:
    """Return the numbers of the planned parts that are neither recorded nor a dead letter: they may be sent again."""
    query = select(parts.c.part_number).where(
        parts.c.batch_id == batch_id, parts.c.recorded_at.is_(None), ~waits_in_a_letter(parts.c.part_id)
    )
    with engine.connect() as connection:
        return frozenset(connection.scalars(query))


def record_chunk(where: Engine | Connection, batch: Batch, chunk: ReadChunk) -> ReadChunk | None:
    """Write down what became of a chunk, in one transaction; None if it was written down before.

    Returns the chunk as it was written down: observations that contradict what is stored are among the bad rows then.

    Raises
    ------
    ChunkGapError
        If the chunk before this one is missing.
    """
    if isinstance(where, Engine):
        with where.begin() as connection:
            return record_chunk(connection, batch, chunk)
    # The lock makes two processes that read the same file take turns.
    found = where.scalar(select(batches.c.rows_in).where(batches.c.id == batch.id).with_for_update())
    if found is None or found < chunk.rows_before:
        raise ChunkGapError(f"batch {batch.id} was read up to row {found}, the chunk begins after {chunk.rows_before}")
    if found > chunk.rows_before:
        return None
    stored = NONE_OBSERVED if chunk.observed is None else store_observed(where, batch.id, chunk.observed)
    if stored.refused:
        chunk = replace(chunk, quarantined=sorted([*chunk.quarantined, *stored.refused]))
    if chunk.parts:
        planned = [
            {
                "part_id": part.part_id,
                "batch_id": batch.id,
                "part_number": part.part_number,
                "use_case": batch.use_case,
                "lane": Lane.BULK.value,
                "rows": part.rows,
            }
            for part in chunk.parts
        ]
        where.execute(insert(parts).values(planned).on_conflict_do_nothing())
    if chunk.quarantined:
        copy_into_quarantine(where, batch.id, batch.use_case, chunk.quarantined)
    where.execute(
        update(batches)
        .where(batches.c.id == batch.id)
        .values(
            state=BatchState.INGESTING.value,
            rows_in=chunk.rows_before + chunk.rows,
            rows_quarantined=batches.c.rows_quarantined + chunk.bad,
            rows_not_kept=batches.c.rows_not_kept + chunk.not_kept,
            rows_observed=batches.c.rows_observed + stored.observed,
            rows_repeated=batches.c.rows_repeated + stored.repeated,
            problem=func.coalesce(batches.c.problem, chunk.problem),
        )
    )
    return chunk


def finish_batch(engine: Engine, batch_id: UUID, finished_at: datetime | None = None) -> BatchState:
    """Mark a batch as read to its end, now if no time is given: ingested, or refused if a problem was noted on the way."""
    state = case((batches.c.problem.is_not(None), BatchState.REFUSED.value), else_=BatchState.INGESTED.value)
    with engine.begin() as connection:
        found: str = connection.execute(
            update(batches)
            .where(batches.c.id == batch_id)
            .values(state=state, finished_at=func.coalesce(batches.c.finished_at, finished_at or func.now()))
            .returning(batches.c.state)
        ).scalar_one()
    return BatchState(found)


def refuse_batch(engine: Engine, batch_id: UUID, problem: str) -> None:
    """Refuse what was not read yet; says why, in words."""
    with engine.begin() as connection:
        connection.execute(
            update(batches)
            .where(batches.c.id == batch_id)
            .values(
                state=BatchState.REFUSED.value,
                problem=problem,
                finished_at=func.coalesce(batches.c.finished_at, func.now()),
            )
        )


MOST_EQUAL = 1_000
"""Equal messages that are looked at; more are not delivered again at once."""


def equal_arrivals(engine: Engine, use_case: str, digest: str, since: datetime) -> list[UUID]:
    """Return the batches of messages without an id that had these bytes, the newest first.

    Parameters
    ----------
    engine
        The database.
    use_case, digest
        What the message was for, and the SHA-256 of its body.
    since
        When it came at the earliest.
    """
    query = (
        select(batches.c.id)
        # As it stands in the condition of the index, which a parameter would not be recognised as.
        .where(batches.c.name == literal_column(f"'{WITHOUT_ID}'"))
        .where(batches.c.digest == digest, batches.c.use_case == use_case, batches.c.received_at >= since)
        .order_by(batches.c.received_at.desc())
        .limit(MOST_EQUAL)
    )
    with engine.connect() as connection:
        return list(connection.scalars(query))
