"""Sending quarantined rows again, repaired or as they were, as a batch of their own."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, Engine

from broker.ids import batch_id_of_replay
from broker.messages import Source
from broker.transport.publisher import Publisher
from ingestion.batches.ingest import BatchIngestor, retry_database
from ingestion.batches.plan import IncomingRows
from ingestion.metrics import IngestionMetrics
from sql.ledger.batch_ledger import BatchLedger, find_batch
from sql.quarantine.pages import RowKey
from sql.quarantine.replay import lock_rows
from sql.quarantine.rows import mark_replayed
from usecases.columns.number_texts import cell_text
from usecases.contract.catalog import Catalog
from usecases.contract.spec import UseCase
from usecases.formats.chunks import Cutter, TableChunk

PlainRow = Mapping[str, Any]


class NothingToReplayError(Exception):
    """There are no rows that can be sent again; says why."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """Rows that were sent again, and the batch they are now."""

    rows: int
    batch: BatchLedger


async def replay_rows(
    engine: Engine, publisher: Publisher, catalog: Catalog, batch_id: UUID, rows: Mapping[int, PlainRow]
) -> Replayed:
    """Send rows of a batch again; what is still bad is in quarantine again, under the new batch.

    Parameters
    ----------
    engine, publisher, catalog
        What it needs.
    batch_id
        Batch whose rows they were.
    rows
        Values by row number. They are read as a CSV file would be, so a number may be a text.

    Raises
    ------
    NothingToReplayError
        If there is no such batch, or no row.
    usecases.contract.catalog.UnknownUseCaseError
        If its use case is gone.
    """
    original = await retry_database(find_batch, engine, batch_id)
    if original is None:
        raise NothingToReplayError(f"there is no batch {batch_id}; list them: smartpredict quarantine list")
    if not rows:
        raise NothingToReplayError("there is no row to send again")
    use_case = catalog[original.use_case]
    numbers = sorted(rows)
    values = [rows[number] for number in numbers]
    digest = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
    new_id = batch_id_of_replay(batch_id, numbers, digest)
    ingestor = BatchIngestor(engine=engine, publisher=publisher, catalog=catalog, metrics=IngestionMetrics())
    # The rows stay locked until they are sent: whoever else wants one of them waits, here or at the gateway, and then
    # finds it decided. After a crash nothing is marked, and the same replay goes on as the same batch.
    with engine.connect() as connection, connection.begin():
        await asyncio.to_thread(_lock, connection, batch_id, numbers, new_id)
        done = await ingestor.ingest(
            IncomingRows(
                use_case=use_case.name,
                batch_id=new_id,
                source=Source.FILE,
                name=f"replay of {original.name}",
                rows=partial(_chunks, values),
                # Whoever replays a few bad rows wants to see what is wrong with each, not a refusal of all.
                max_bad_share=1,
            )
        )
        if done.problem is not None:
            raise NothingToReplayError(done.problem)
        await asyncio.to_thread(mark_replayed, connection, batch_id, numbers, new_id)
    ledger = await retry_database(find_batch, engine, new_id)
    assert ledger is not None  # noqa: S101  # announced above
    return Replayed(len(numbers), ledger)


def _lock(connection: Connection, batch_id: UUID, numbers: Sequence[int], new_id: UUID) -> None:
    """Lock the rows for this transaction.

    Raises
    ------
    NothingToReplayError
        If one of them was sent again before, as another batch, or discarded.
    """
    kept = lock_rows(connection, [RowKey(batch_id, number) for number in numbers])
    for key, row in kept.items():
        if row.replayed_as not in {None, new_id} or row.discarded_at is not None:
            raise NothingToReplayError(
                f"row {key.row_number} of {row.batch_name} {row.decision}; leave it out. Nothing was sent"
            )


def _chunks(rows: Sequence[PlainRow], use_case: UseCase, chunk_rows: int) -> Iterator[TableChunk]:
    columns = {name: pa.array([cell_text(row.get(name)) for row in rows], pa.string()) for name in use_case.columns}
    table = pa.RecordBatch.from_pydict(columns)
    cutter = Cutter(table.schema, chunk_rows)
    cutter.add(table)
    yield from cutter.rest()
