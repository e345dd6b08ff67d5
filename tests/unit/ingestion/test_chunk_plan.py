"""What goes on to a worker, what stays behind, and what is sent again after a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pyarrow as pa

from broker.messages import PartHeader, Source, decode_rows
from ingestion.batches.plan import ParsedRows, SplitChunk, chunk_rows, plan_chunks
from sql.ledger.batches import Batch, BatchState
from sql.quarantine.bad_rows import MOST_REASONS
from tests.support.ingestion.readings import reading
from usecases.contract.catalog import load_catalog
from usecases.contract.row_layout import row_schema
from usecases.formats.chunks import Cutter, TableChunk

EQUIPMENT = load_catalog()["equipment_failure"]
BATCH = Batch(
    id=UUID("6e9b6ac1-7d45-8c23-8685-2f9fce88fd28"),
    use_case="equipment_failure",
    source=Source.FILE,
    name="rows.csv",
    state=BatchState.RECEIVED,
    schema_hash=EQUIPMENT.schema_hash,
    received_at=datetime(2026, 5, 4, 12, tzinfo=UTC),
    part_rows=10,
    rows_in=0,
    rows_quarantined=0,
    problem=None,
)
NOTHING: frozenset[int] = frozenset()


def chunks(rows: int, bad: set[int], size: int = chunk_rows(BATCH)) -> Iterator[TableChunk]:
    """Read a file whose machines are named after their row, some of which are bad."""
    values = [reading(machine_id=f"M-{row}", product_quality="X" if row in bad else "L") for row in range(1, rows + 1)]
    table = pa.RecordBatch.from_pylist(values)
    cutter = Cutter(table.schema, size)
    cutter.add(table)
    yield from cutter.rest()


def plan(batch: Batch, rows: int, bad: set[int], unrecorded: frozenset[int] = NOTHING) -> list[SplitChunk]:
    return list(plan_chunks(EQUIPMENT, batch, chunks(rows, bad, chunk_rows(batch)), unrecorded, max_bad_share=0.5))


def rows_sent(planned: list[SplitChunk]) -> dict[int, tuple[list[int], list[str]]]:
    sent = {}
    for message in (message for chunk in planned for message in chunk.messages):
        header = PartHeader.from_headers(message.headers)
        good, numbers = decode_rows(message.body, row_schema(EQUIPMENT))
        assert header.rows == good.num_rows
        sent[header.part_number] = (numbers.tolist(), good.column("machine_id").to_pylist())
    return sent


def test_every_row_is_sent_or_kept_once_under_its_number() -> None:
    bad = {1, 15, 16, 120}
    planned = plan(BATCH, 125, bad)
    sent = rows_sent(planned)
    numbers = [number for part in sent.values() for number in part[0]]
    assert numbers == [number for number in range(1, 126) if number not in bad]
    assert all(names == [f"M-{number}" for number in numbers] for numbers, names in sent.values())
    assert [row.row_number for chunk in planned for row in chunk.ledger.quarantined] == sorted(bad)
    assert all(len(part[0]) <= BATCH.part_rows for part in sent.values())
    for chunk in planned:
        kept = sum(part.rows for part in chunk.ledger.parts) + len(chunk.ledger.quarantined)
        assert chunk.ledger.rows == kept


def test_the_number_of_a_part_tells_its_chunk_whatever_was_bad_before() -> None:
    assert list(rows_sent(plan(BATCH, 130, set(range(1, 40))))) == [0, 1, 2, 3, 4, 5, 6, 10, 11, 12]


def test_the_same_file_is_cut_into_the_same_parts() -> None:
    first, second = plan(BATCH, 130, {7}), plan(BATCH, 130, {7})
    assert [chunk.ledger for chunk in first] == [chunk.ledger for chunk in second]
    assert [message.body for chunk in first for message in chunk.messages] == [
        message.body for chunk in second for message in chunk.messages
    ]


def test_a_resumed_batch_sends_unrecorded_parts_again_and_goes_on_behind_them() -> None:
    resumed = replace(BATCH, rows_in=200, rows_quarantined=1, state=BatchState.INGESTING)
    planned = plan(resumed, 230, {7}, frozenset({3, 19}))
    assert list(rows_sent(planned)) == [3, 19, 20, 21, 22]
    assert rows_sent(planned)[3] == rows_sent(plan(BATCH, 230, {7}))[3]


def test_a_batch_that_was_read_to_its_end_sends_only_what_is_missing() -> None:
    read = replace(BATCH, rows_in=230, rows_quarantined=1, state=BatchState.INGESTED)
    assert plan(read, 230, {7}) == []
    assert list(rows_sent(plan(read, 230, {7}, frozenset({11})))) == [11]


def test_a_file_that_is_too_bad_at_once_is_refused_before_anything_is_sent() -> None:
    (chunk,) = plan(BATCH, 20, set(range(1, 12)))
    assert chunk.messages == ()
    assert chunk.ledger.problem is not None
    assert "11 of the first 20 rows are bad" in chunk.ledger.problem
    reasons = [row.reasons for row in chunk.ledger.quarantined]
    assert len(reasons) == 20
    assert all("allowed_values" in found for found in reasons[:11])
    assert all("file_refused" in found for found in reasons[11:])


def test_a_file_at_its_limit_passes() -> None:
    (chunk,) = plan(BATCH, 20, set(range(1, 11)))
    assert chunk.ledger.problem is None
    assert len(chunk.messages) == 1


def test_a_file_that_gets_too_bad_later_is_refused_from_there_on() -> None:
    planned = plan(BATCH, 500, set(range(101, 401)))
    assert [bool(chunk.messages) for chunk in planned] == [True, False, False, False, False]
    assert [chunk.ledger.problem is None for chunk in planned] == [True, True, False, False, False]
    assert sum(len(chunk.ledger.quarantined) for chunk in planned) == 400


def test_a_refusal_survives_a_crash() -> None:
    refused = replace(BATCH, rows_in=100, rows_quarantined=100, problem="too bad", state=BatchState.INGESTING)
    (chunk,) = plan(refused, 150, set())
    assert chunk.messages == ()
    assert len(chunk.ledger.quarantined) == 50


def test_a_refused_file_keeps_its_first_bad_rows_and_counts_the_others() -> None:
    planned = plan(replace(BATCH, part_rows=100), 5_000, set(range(1, 5_001)))
    assert [len(chunk.ledger.quarantined) for chunk in planned] == [1_000, 0, 0, 0, 0]
    assert sum(chunk.ledger.bad for chunk in planned) == 5_000
    assert [row.row_number for row in planned[0].ledger.quarantined] == list(range(1, 1_001))


def test_what_is_wrong_is_kept_before_what_was_not_reached() -> None:
    (first, second) = plan(replace(BATCH, part_rows=100), 2_000, set(range(400, 1_001)))
    assert [len(chunk.ledger.quarantined) for chunk in (first, second)] == [1_000, 0]
    planned = plan(replace(BATCH, part_rows=200), 2_000, set(range(900, 2_001)))
    assert [row.row_number for chunk in planned for row in chunk.ledger.quarantined] == list(range(900, 1_900))


def test_the_bad_rows_before_a_refusal_count_among_the_first() -> None:
    bad = {*range(1, 1_900, 2), *range(2_001, 8_000)}
    planned = plan(replace(BATCH, part_rows=100), 8_000, bad)
    kept = [len(chunk.ledger.quarantined) for chunk in planned]
    refused_at = next(place for place, chunk in enumerate(planned) if chunk.ledger.problem)
    assert sum(kept[:refused_at]) < 8_000
    assert kept[refused_at] == max(0, 1_000 - sum(kept[:refused_at]))
    assert kept[refused_at + 1 :] == [0] * (len(planned) - refused_at - 1)


def test_a_refusal_goes_on_counting_after_a_crash() -> None:
    before = replace(BATCH, rows_in=100, rows_quarantined=100, problem="too bad", state=BatchState.INGESTING)
    full = replace(before, rows_in=5_000, rows_quarantined=5_000, rows_not_kept=4_000)
    (chunk,) = plan(full, 5_050, set())
    assert (chunk.ledger.quarantined, chunk.ledger.not_kept, chunk.ledger.problem) == ((), 50, "too bad")


def test_a_row_keeps_its_first_reasons() -> None:
    row = {**reading(), **{f"unknown {number}": 1 for number in range(500)}}
    (chunk,) = plan_chunks(EQUIPMENT, BATCH, iter([ParsedRows(0, [row])]), NOTHING, max_bad_share=1)
    assert len(json.loads(chunk.ledger.quarantined[0].reasons)) == MOST_REASONS


def test_row_numbers_are_32_bit() -> None:
    assert next(chunks(3, set())).numbers.dtype == np.int32
