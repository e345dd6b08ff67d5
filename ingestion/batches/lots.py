"""Lots: small batches that arrived together are checked, written down and sent together, each keeping its own account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate, chain
from typing import Any, cast
from uuid import UUID, uuid4

import numpy as np
import pyarrow as pa

from broker.ids import part_id, to_milliseconds
from broker.messages import MAX_PART_ROWS, Lane, PartHeader, Segment, encode_rows
from ingestion.batches.ingest import BatchIngestor, IngestedBatch, most_bad, retry_database
from ingestion.batches.plan import IncomingRows, Rows
from ingestion.metrics import IngestionMetrics
from sql.ledger.batches import Batch, BatchIdReusedError, BatchState
from sql.ledger.lots import (
    KnownBatch,
    LotBatch,
    LotKnownError,
    LotPart,
    find_known,
    record_lot,
    shared_to_send_again,
)
from sql.observations.joining import known_features
from sql.quarantine.bad_rows import bad_rows
from sql.quarantine.rows import QuarantinedRow
from usecases.checking.chunk_check import CheckedChunk, check_chunk, check_rows
from usecases.checking.joining import KnownFeatures, complete_chunk
from usecases.contract.arriving import brought_contract
from usecases.contract.spec import UseCase
from usecases.formats.chunks import Chunk, LinesChunk, TableChunk
from usecases.formats.json_text import row_text

MAX_SMALL_ROWS = 1_000
"""Rows of a batch that goes with others; one of more fills parts of its own."""

MAX_LOT_ROWS = 2 * MAX_PART_ROWS
"""Rows of a lot past which it is full: what fills two parts, for a commit costs the same for either, and little enough
that its reasons fit in memory if all are bad."""

MAX_SEGMENTS = 500
"""Batches of one part. Each takes about 125 bytes of its header, which has to fit one frame of 128 KiB."""

Outcome = IngestedBatch | BatchIdReusedError
"""What became of a batch of a lot."""


@dataclass(frozen=True, slots=True)
class PlannedLot:
    """What to write down of a lot, then what to publish."""

    batches: Sequence[LotBatch]
    parts: Sequence[LotPart]
    apart: Sequence[IncomingRows] = ()
    """What has too many bad rows, and is refused by itself."""


async def ingest_lot(ingestor: BatchIngestor, lot: Sequence[IncomingRows]) -> list[Outcome]:
    """Ingest small batches that arrived together; when this returns every good row is with the workers.

    Their rows are at hand, and their use cases are known. What is known already is told apart; a part of it that no
    worker has recorded is sent again, as it was.
    """
    outcomes: dict[int, Outcome] = {}
    to_send: list[LotPart] = []
    waiting = list(range(len(lot)))
    while waiting:
        known, places, written = await retry_database(_write_down, ingestor, lot, waiting)
        met = [(place, known[lot[place].batch_id]) for place in waiting if lot[place].batch_id in known]
        to_send += await _settle(ingestor, lot, met, outcomes)
        to_send += written.parts
        of_id = {one.batch.id: one.batch for one in written.batches}
        for place in places:
            batch = of_id.get(lot[place].batch_id)
            if batch is None:
                outcomes[place] = await ingestor.ingest(lot[place])
                continue
            outcomes[place] = IngestedBatch(batch, batch.rows_in, batch.rows_quarantined, None)
        _count(ingestor.metrics, of_id.values())
        waiting = [place for place in waiting if place not in outcomes]
    await ingestor.send_shared(to_send, lot)
    return [outcomes[place] for place in range(len(lot))]


def _write_down(
    ingestor: BatchIngestor, lot: Sequence[IncomingRows], waiting: Sequence[int]
) -> tuple[Mapping[UUID, KnownBatch], Sequence[int], PlannedLot]:
    """Write down those that are new; return what is known, and the places and the plan of what was written down.

    The first of each id is new, and the others find it known in the next round.
    """
    known = find_known(ingestor.engine, {lot[place].batch_id for place in waiting})
    new = {lot[place].batch_id: place for place in reversed(waiting) if lot[place].batch_id not in known}
    if not new:
        return known, (), PlannedLot((), ())
    places = sorted(new.values())
    planned = plan_lot(ingestor, [lot[place] for place in places])
    try:
        record_lot(ingestor.engine, planned.batches, planned.parts)
    except LotKnownError:
        return known, (), PlannedLot((), ())
    return known, places, planned


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


def plan_lot(ingestor: BatchIngestor, lot: Sequence[IncomingRows]) -> PlannedLot:
    """Check the rows of batches that are new, all of a use case at once, and cut them into parts."""
    received_at = to_milliseconds(datetime.now(UTC))
    groups: dict[tuple[str, Hashable], list[IncomingRows]] = {}
    for incoming in lot:
        groups.setdefault((incoming.use_case, _layout_of(incoming.rows)), []).append(incoming)
    planned = []
    for (name, _), group in groups.items():
        use_case = ingestor.catalog[name]
        known = known_features(ingestor.engine, use_case, received_at) if use_case.feature_tables else ()
        planned.append(_plan_group(use_case, group, received_at, ingestor.part_rows, known))
    return PlannedLot(
        [batch for of_group in planned for batch in of_group.batches],
        [part for of_group in planned for part in of_group.parts],
        [incoming for of_group in planned for incoming in of_group.apart],
    )


def _plan_group(
    use_case: UseCase,
    group: Sequence[IncomingRows],
    received_at: datetime,
    part_rows: int,
    known: Sequence[KnownFeatures],
) -> PlannedLot:
    rows_of_each = [_row_count(incoming.rows) for incoming in group]
    contract = brought_contract(use_case) if use_case.feature_tables else use_case
    checked = _check_together(contract, [incoming.rows for incoming in group])
    if known:
        checked = complete_chunk(use_case, checked, known)
    ends = np.cumsum(rows_of_each)
    starts = np.concatenate([[0], ends[:-1]])
    if checked.bad:
        bad = np.bincount(np.searchsorted(ends, list(checked.bad), side="left"), minlength=len(group))
        too_bad = {
            place
            for place in np.flatnonzero(bad).tolist()
            if bad[place] > most_bad(use_case, group[place]) * rows_of_each[place]
        }
        if too_bad:
            others = [incoming for place, incoming in enumerate(group) if place not in too_bad]
            planned = _plan_group(use_case, others, received_at, part_rows, known) if others else PlannedLot((), ())
            return replace(planned, apart=[*planned.apart, *(group[place] for place in sorted(too_bad))])
    batch_of_good = np.searchsorted(ends, checked.good_numbers, side="left")
    good = np.bincount(batch_of_good, minlength=len(group))
    quarantined: dict[int, list[QuarantinedRow]] = {}
    for found in bad_rows(checked) if checked.bad else ():
        place = int(np.searchsorted(ends, found.row_number, side="left"))
        quarantined.setdefault(place, []).append(found._replace(row_number=found.row_number - int(starts[place])))
    batches = [
        Batch(
            id=incoming.batch_id,
            use_case=use_case.name,
            source=incoming.source,
            name=incoming.name,
            state=BatchState.RECEIVED,
            schema_hash=use_case.schema_hash,
            received_at=received_at,
            part_rows=part_rows,
            rows_in=rows_of_each[place],
            rows_quarantined=len(quarantined.get(place, ())),
            problem=None,
        )
        for place, incoming in enumerate(group)
    ]
    numbers = checked.good_numbers - starts[batch_of_good].astype(np.int32)
    shares: dict[int, UUID] = {}
    parts: list[LotPart] = []
    row = 0
    for places in _cut(good.tolist(), part_rows):
        part = _part(use_case, [batches[place] for place in places], [int(good[place]) for place in places])
        end = row + part.rows
        parts.append(LotPart(part, encode_rows(checked.good.slice(row, part.rows), numbers[row:end])))
        row = end
        if part.is_shared:
            shares.update(dict.fromkeys(places, part.part_id))
    return PlannedLot(
        [
            LotBatch(batch, incoming.digest, shares.get(place), quarantined.get(place, ()))
            for place, (batch, incoming) in enumerate(zip(batches, group, strict=True))
        ],
        parts,
    )


def _cut(good: Sequence[int], part_rows: int) -> Iterator[list[int]]:
    """Put batches together, by their good rows, until a part is full; those without any are in none."""
    places: list[int] = []
    rows = 0
    for place, count in enumerate(good):
        if not count:
            continue
        if places and (rows + count > part_rows or len(places) == MAX_SEGMENTS):
            yield places
            places, rows = [], 0
        places.append(place)
        rows += count
    if places:
        yield places


def _part(use_case: UseCase, batches: Sequence[Batch], rows: Sequence[int]) -> PartHeader:
    segments = tuple(
        Segment(batch_id=batch.id, received_at=batch.received_at, source=batch.source, rows=count)
        for batch, count in zip(batches, rows, strict=True)
    )
    return PartHeader(
        # A batch that is alone in its part can be cut again from its own rows, into a part of the same id.
        part_id=part_id(batches[0].id, 0) if len(batches) == 1 else uuid4(),
        use_case=use_case.name,
        schema_hash=use_case.schema_hash,
        lane=Lane.BULK,
        segments=segments,
    )


def _layout_of(rows: Rows) -> Hashable:
    """Return what rows have in common that can be checked together."""
    match rows:
        case TableChunk(table=table):
            return cast("bytes", table.schema.serialize().to_pybytes())
        case _:
            return type(rows) is LinesChunk


def _row_count(rows: Rows) -> int:
    """Count rows that are at hand."""
    return rows.rows if isinstance(rows, TableChunk | LinesChunk) else 0 if callable(rows) else len(rows)


def _check_together(use_case: UseCase, each: Sequence[Rows]) -> CheckedChunk:
    """Check rows of one layout, numbered from the first of all of them."""
    if isinstance(each[0], TableChunk | LinesChunk):
        return check_chunk(use_case, _joined(cast("Sequence[Chunk]", each)))
    values: list[Any] = list(
        chain.from_iterable(() if callable(rows) else cast("Sequence[Any]", rows) for rows in each)
    )
    return check_rows(use_case, values, 0, lambda number: row_text(values[number - 1]))


def _joined(chunks: Sequence[Chunk]) -> Chunk:
    """Make one chunk of several that are laid out alike, each being all of a file."""
    if isinstance(chunks[0], LinesChunk):
        lines = chain.from_iterable(cast("LinesChunk", chunk).lines for chunk in chunks)
        return LinesChunk(0, list(lines), chunks[0].rename)
    tables = cast("Sequence[TableChunk]", chunks)
    starts = [0, *accumulate(chunk.rows for chunk in tables)]
    return TableChunk(
        rows_before=0,
        rows=starts[-1],
        table=pa.concat_batches([chunk.table for chunk in tables]),
        numbers=np.concatenate([chunk.numbers + np.int32(start) for chunk, start in zip(tables, starts, strict=False)]),
        malformed=tuple(
            replace(row, row_number=row.row_number + start)
            for chunk, start in zip(tables, starts, strict=False)
            for row in chunk.malformed
        ),
    )
