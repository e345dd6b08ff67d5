"""Writing down a lot: many small batches that arrived together, with the parts they share, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg2.errors
import pyarrow as pa
from sqlalchemy import ARRAY, CollectionAggregate, Engine, Text, Uuid, any_, cast, literal, select
from sqlalchemy.dialects.postgresql import insert

from broker.ids import id_ranges
from broker.messages import Lane, PartHeader
from sql.base.copying import copy_rows
from sql.base.hourly import SETTLED
from sql.base.tables import batches, parts, shared_parts
from sql.ledger.batch_hours import reopen_hours
from sql.ledger.batches import Batch, BatchState, waits_in_a_letter
from sql.quarantine.rows import QuarantinedRow, copy_into_quarantine


class LotKnownError(Exception):
    """A batch of a lot is known by now: somebody wrote it down in the same moment."""


@dataclass(frozen=True, slots=True)
class LotBatch:
    """A batch of a lot, read to its end.

    Attributes
    ----------
    batch
        The batch as it arrived.
    digest
        SHA-256 of what arrived.
    part_id
        Part that it shares, if it shares one.
    quarantined
        Its bad rows.
    """

    batch: Batch
    digest: str | None
    part_id: UUID | None
    quarantined: Sequence[QuarantinedRow]


@dataclass(frozen=True, slots=True)
class LotPart:
    """A part of a lot, as it is published."""

    header: PartHeader
    body: bytes


@dataclass(frozen=True, slots=True)
class KnownBatch:
    """A batch that came before."""

    batch: Batch
    digest: str | None


def any_of(ids: Collection[UUID]) -> CollectionAggregate[Any]:
    """Stand for any of many ids in a comparison."""
    # One text is taken apart at the server many times faster than hundreds of parameters are bound.
    return any_(cast(literal(f"{{{','.join(map(str, ids))}}}", Text), ARRAY(Uuid)))


def find_known(engine: Engine, batch_ids: Collection[UUID]) -> dict[UUID, KnownBatch]:
    """Find those of some batches that are known."""
    query = select(batches).where(batches.c.id == any_of(batch_ids))
    with engine.connect() as connection:
        return {row.id: KnownBatch(Batch.from_row(row), row.digest) for row in connection.execute(query)}


def record_lot(engine: Engine, lot: Sequence[LotBatch], planned: Sequence[LotPart]) -> None:
    """Write down what became of a lot, in one transaction.

    Raises
    ------
    LotKnownError
        If a batch of it is known; then nothing of it is written.
    """
    # In the same order everywhere, so that two lots that hold the same batches wait for each other and never in a ring.
    ordered = sorted(lot, key=lambda one: one.batch.id)
    try:
        with engine.begin() as connection:
            copy_rows(connection, batches, _rows(ordered))
            if planned:
                connection.execute(insert(parts), [_planned(part.header) for part in planned])
            shared = [part for part in planned if part.header.is_shared]
            if shared:
                copy_rows(connection, shared_parts, _shared(shared))
            earliest = min(one.batch.received_at for one in ordered)
            # The database may not have answered for hours.
            if earliest < datetime.now(UTC) - SETTLED:
                for use_case in {one.batch.use_case for one in ordered}:
                    reopen_hours(connection, use_case, earliest)
            for one in ordered:
                if one.quarantined:
                    copy_into_quarantine(connection, one.batch.id, one.batch.use_case, one.quarantined)
    except psycopg2.errors.UniqueViolation as error:
        raise LotKnownError from error


def shared_to_send_again(engine: Engine, part_ids: Collection[UUID]) -> list[LotPart]:
    """Return those of some shared parts that are neither recorded nor a dead letter, as they were published."""
    query = select(shared_parts).where(shared_parts.c.part_id.in_(part_ids), ~waits_in_a_letter(shared_parts.c.part_id))
    with engine.connect() as connection:
        return [
            LotPart(PartHeader.model_validate_json(row.header), bytes(row.body)) for row in connection.execute(query)
        ]


def _planned(header: PartHeader) -> dict[str, object]:
    return {
        "part_id": header.part_id,
        "batch_id": header.batch_id,
        "part_number": header.part_number,
        "use_case": header.use_case,
        "lane": Lane.BULK.value,
        "rows": header.rows,
    }


def _shared(planned: Sequence[LotPart]) -> pa.RecordBatch:
    """Lay parts out as their table has them: copied, for a body that is a parameter is written out in text first."""
    return pa.RecordBatch.from_pydict(
        {
            "part_id": pa.array([part.header.part_id.bytes for part in planned], pa.binary(16)),
            "header": pa.array([part.header.model_dump_json() for part in planned], pa.string()),
            "body": pa.array([part.body for part in planned], pa.binary()),
        }
    )


def _rows(lot: Sequence[LotBatch]) -> pa.RecordBatch:
    """Lay batches out as their table has them."""
    found = [one.batch for one in lot]
    now = datetime.now(UTC)
    times, ids = pa.timestamp("us", "UTC"), pa.binary(16)
    first, last = id_ranges([(batch.received_at, batch.id) for batch in found])
    return pa.RecordBatch.from_pydict(
        {
            "id": pa.array([batch.id.bytes for batch in found], ids),
            "use_case": [batch.use_case for batch in found],
            "source": [batch.source.value for batch in found],
            "name": [batch.name for batch in found],
            "state": [BatchState.INGESTED.value] * len(found),
            "schema_hash": [batch.schema_hash for batch in found],
            "received_at": pa.array([batch.received_at for batch in found], times),
            "first_id": first,
            "last_id": last,
            "part_rows": pa.array([batch.part_rows for batch in found], pa.int32()),
            "rows_in": pa.array([batch.rows_in for batch in found], pa.int64()),
            "rows_quarantined": pa.array([batch.rows_quarantined for batch in found], pa.int64()),
            "digest": pa.array([one.digest for one in lot], pa.string()),
            "part_id": pa.array([one.part_id and one.part_id.bytes for one in lot], ids),
            "finished_at": pa.array([now] * len(found), times),
        }
    )
