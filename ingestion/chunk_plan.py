"""Deciding, chunk by chunk, what goes on to a worker and what stays behind."""

from __future__ import annotations

from collections.abc import Iterator

from broker.ids import MAX_ROWS_PER_BATCH
from ingestion.splitting import PARTS_PER_CHUNK, SplitChunk, chunk_rows, refuse, split
from sql.ledger.batches import Batch
from usecases.checking.chunk_check import check_chunk
from usecases.formats.chunks import Chunk, FileBrokenError
from usecases.spec import UseCase


def plan_chunks(
    use_case: UseCase, batch: Batch, chunks: Iterator[Chunk], unrecorded: frozenset[int], max_bad_share: float
) -> Iterator[SplitChunk]:
    """Check and split the chunks of a batch, from where it was left.

    Parameters
    ----------
    use_case, batch
        What the rows are. ``batch`` says how far they were written down before.
    chunks
        All chunks, from the first.
    unrecorded
        Numbers of the parts that were planned before but not recorded: whether they were published is unknown, so they
        are published again, which a worker bears.
    max_bad_share
        Share of bad rows, of those read so far, past which nothing more goes on.
    """
    bad = batch.rows_quarantined
    problem = batch.problem
    for chunk in chunks:
        end = chunk.rows_before + chunk.rows
        if end > MAX_ROWS_PER_BATCH:
            raise FileBrokenError(f"the file has more than {MAX_ROWS_PER_BATCH} rows; split it")
        if end <= batch.rows_in:
            numbers = _part_numbers(batch, chunk) & unrecorded
            if numbers:
                yield split(batch, check_chunk(use_case, chunk)).only(numbers)
            continue
        checked = check_chunk(use_case, chunk)
        if problem is None:
            bad += len(checked.bad)
            problem = _too_bad(use_case, bad, end, max_bad_share)
        yield split(batch, checked) if problem is None else refuse(use_case, checked, problem)


def _part_numbers(batch: Batch, chunk: Chunk) -> frozenset[int]:
    first = chunk.rows_before // chunk_rows(batch) * PARTS_PER_CHUNK
    return frozenset(range(first, first + PARTS_PER_CHUNK))


def _too_bad(use_case: UseCase, bad: int, rows: int, limit: float) -> str | None:
    if bad <= limit * rows:
        return None
    return (
        f"{bad} of the first {rows} rows are bad, more than the share of {limit:.0%} that {use_case.name} allows "
        f"(quality.max_bad_share); rows from the point where the limit was passed were not predicted. "
        f"See the reasons: smartpredict quarantine list; repair the file and drop it again"
    )
