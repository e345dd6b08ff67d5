"""Lots: small batches that arrived together are checked, written down and sent together, each keeping its own account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from broker.messages import MAX_PART_ROWS
from ingestion.batches.ingest import BatchIngestor, IngestedBatch, retry_database
from ingestion.batches.lot_plan import NOTHING, PlannedLot, plan_lot
from ingestion.batches.plan import IncomingRows
from ingestion.metrics import IngestionMetrics
from sql.ledger.batches import Batch, BatchIdReusedError
from sql.ledger.lots import (
    KnownBatch,
    LotKnownError,
    LotPart,
    find_known,
    record_lot,
    shared_to_send_again,
)

MAX_SMALL_ROWS = 1_000
"""Rows of a batch that goes with others; one of more fills parts of its own."""

MAX_LOT_ROWS = 2 * MAX_PART_ROWS
"""Rows of a lot past which it is full: what fills two parts, for a commit costs the same for either, and little enough
that its reasons fit in memory if all are bad."""

Outcome = IngestedBatch | BatchIdReusedError
"""What became of a batch of a lot."""


async def ingest_lot(ingestor: BatchIngestor, lot: Sequence[IncomingRows]) -> list[Outcome]:
    """Ingest small batches that arrived together; when this returns every good row is with the workers.

    Their rows are at hand, and their use cases are known. What is known already is told apart; a part of it that no
    worker has recorded is sent again, as it was.
    """
    outcomes: dict[int, Outcome] = {}
    to_send: list[LotPart] = []
    waiting = list(range(len(lot)))
    while waiting:
        done = await retry_database(_write_down, ingestor, lot, waiting)
        met = [(place, done.known[lot[place].batch_id]) for place in waiting if lot[place].batch_id in done.known]
        to_send += await _settle(ingestor, lot, met, outcomes)
        to_send += done.written.parts
        of_id = {one.batch.id: one.batch for one in done.written.batches}
        for place in done.places:
            batch = of_id.get(lot[place].batch_id)
            if batch is None:
                outcomes[place] = await ingestor.ingest(lot[place])
                continue
            outcomes[place] = IngestedBatch(batch, batch.rows_in, batch.rows_quarantined, None)
        _count(ingestor.metrics, of_id.values())
        waiting = [place for place in waiting if place not in outcomes]
    await ingestor.send_shared(to_send, lot)
    return [outcomes[place] for place in range(len(lot))]


@dataclass(frozen=True, slots=True)
class _Round:
    """What was found of batches that wait, and what was written down of them."""

    known: Mapping[UUID, KnownBatch]
    places: Sequence[int] = ()
    """Of new batches, in the lot."""
    written: PlannedLot = NOTHING


def _write_down(ingestor: BatchIngestor, lot: Sequence[IncomingRows], waiting: Sequence[int]) -> _Round:
    """Write down those of a lot that are new; the first of each id is, and the others find it known in the next round."""
    known = find_known(ingestor.engine, {lot[place].batch_id for place in waiting})
    new = {lot[place].batch_id: place for place in reversed(waiting) if lot[place].batch_id not in known}
    if not new:
        return _Round(known)
    places = sorted(new.values())
    planned = plan_lot(ingestor, [lot[place] for place in places])
    try:
        record_lot(ingestor.engine, planned.batches, planned.parts)
    except LotKnownError:
        return _Round(known)
    return _Round(known, places, planned)


def _count(metrics: IngestionMetrics, batches: Iterable[Batch]) -> None:
    rows, bad = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for batch in batches:
        door = batch.use_case, batch.source.value
        rows[door] += batch.rows_in
        bad[door] += batch.rows_quarantined
    for door, count in rows.items():
        metrics.rows.labels(*door).inc(count)
        metrics.quarantined.labels(*door).inc(bad[door])


async def _settle(
    ingestor: BatchIngestor,
    lot: Sequence[IncomingRows],
    met: Sequence[tuple[int, KnownBatch]],
    outcomes: dict[int, Outcome],
) -> list[LotPart]:
    """Report what became of batches that are known, and return the shared parts among them to be sent again."""
    shared: set[UUID] = set()
    for place, known in met:
        batch = known.batch
        if known.digest not in {None, lot[place].digest}:
            outcomes[place] = BatchIdReusedError(batch.name)
        elif batch.part_id is not None:
            shared.add(batch.part_id)
            outcomes[place] = IngestedBatch(batch, batch.rows_in, batch.rows_quarantined, batch.problem, is_known=True)
        else:
            outcomes[place] = replace(await ingestor.ingest(lot[place]), is_known=True)
    return await retry_database(shared_to_send_again, ingestor.engine, shared) if shared else []
