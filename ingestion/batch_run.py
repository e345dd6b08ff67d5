"""Taking the rows of a batch through: write down what became of a chunk, then publish its parts, then the next."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine

from broker.service.tracing import NO_TRACING, SpanKind, Tracing
from broker.topology import BULK
from broker.transport.publisher import Publisher
from ingestion.chunk_plan import plan_chunks
from ingestion.holding import ahead, surely, window
from ingestion.metrics import IngestionMetrics
from sql.ledger.batches import Batch, BatchState
from sql.ledger.chunks import finish_batch, record_chunk, unrecorded_parts
from usecases.formats.chunks import NO_ROWS, Chunk, FileBrokenError
from usecases.spec import UseCase


async def run_batch(
    engine: Engine,
    publisher: Publisher,
    metrics: IngestionMetrics,
    use_case: UseCase,
    batch: Batch,
    chunks: Iterator[Chunk],
    *,
    max_bad_share: float,
    tracing: Tracing = NO_TRACING,
    trace: str | None = None,
) -> BatchState:
    """Read, check and publish all of a batch, from where it was left; at the end every part is confirmed.

    What raises here is raised by the reader: the file is broken, or its columns are wrong.
    """
    resumed = frozenset[int]() if batch.rows_in == 0 else await surely(unrecorded_parts, engine, batch.id)
    rows = batch.rows_in
    async with window(publisher) as parts:
        # Reading and checking run ahead in a thread while the chunk before is written down and published.
        async for chunk in ahead(plan_chunks(use_case, batch, chunks, resumed, max_bad_share)):
            rows = max(rows, chunk.ledger.rows_before + chunk.ledger.rows)
            if await surely(record_chunk, engine, batch, chunk.ledger):
                metrics.ingested(use_case.name, batch.source, chunk.ledger.rows, len(chunk.ledger.quarantined))
            for message in chunk.messages:
                with tracing.span(f"send {BULK}", SpanKind.PRODUCER, parent=trace) as span:
                    await parts.publish(message.traced(span.traceparent))
    if rows == 0:
        raise FileBrokenError(NO_ROWS)
    return await surely(finish_batch, engine, batch.id)
