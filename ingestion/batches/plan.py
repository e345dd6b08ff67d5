"""Deciding, chunk by chunk, what goes on to a worker and in which parts, and what stays behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self
from uuid import UUID

import numpy as np

from broker.ids import MAX_ROWS_PER_BATCH, part_id
from broker.messages import Lane, PartHeader, Segment, Source, encode_rows
from broker.topology import BULK, PREDICT
from broker.transport.publisher import Outgoing
from ingestion.batches.joining import FeatureJoin
from sql.ledger.batches import Batch, PlannedPart, ReadChunk
from sql.ledger.observed import ObservedRows
from sql.quarantine.bad_rows import MOST_KEPT, bad_rows, first_rows, reasons_json
from sql.quarantine.rows import QuarantinedRow
from usecases.checking.chunk_check import CheckedChunk, check_chunk, check_rows
from usecases.checking.notation_faults import notation_hint
from usecases.checking.reasons import RuleName, reason
from usecases.contract.arriving import arriving_contract
from usecases.contract.observations import observation_columns
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of
from usecases.formats.chunks import Chunk, FileBrokenError, LinesChunk, TableChunk
from usecases.formats.json_text import row_text
from usecases.formats.limits import STEPS_PER_CHUNK
from usecases.mappings.mapping import MAP_IT

PARTS_PER_CHUNK = STEPS_PER_CHUNK
"""Parts a chunk may fill; one that takes much memory ends after fewer. A check that finds a bad row costs 25 ms however many rows it looks at, so chunks are large:
at 100,000 rows that is 0.25 us a row. More would only delay the first part."""


@dataclass(frozen=True, slots=True)
class ParsedRows:
    """Rows as JSON has them, that were parsed already."""

    rows_before: int
    values: Sequence[Any]

    @property
    def rows(self) -> int:
        """Rows in the chunk."""
        return len(self.values)


AnyChunk = Chunk | ParsedRows


@dataclass(frozen=True, slots=True)
class SplitChunk:
    """A chunk that is ready: what to write down, then what to publish."""

    ledger: ReadChunk
    messages: tuple[Outgoing, ...]
    """The messages of ``ledger.parts``, in the same order."""

    def only(self, numbers: frozenset[int]) -> Self:
        """Keep only the messages of these parts."""
        both = zip(self.ledger.parts, self.messages, strict=True)
        return replace(self, messages=tuple(message for part, message in both if part.part_number in numbers))


def chunk_rows(batch: Batch) -> int:
    """Return the rows of a chunk, which never change for a batch once it is known."""
    return batch.part_rows * PARTS_PER_CHUNK


def plan_chunks(
    use_case: UseCase,
    batch: Batch,
    chunks: Iterator[AnyChunk],
    unrecorded: frozenset[int],
    max_bad_share: float,
    contract: UseCase | None = None,
    joining: FeatureJoin | None = None,
) -> Iterator[SplitChunk]:
    """Check and split the chunks of a batch, from where it was left.

    Parameters
    ----------
    use_case, batch, contract
        What the rows are, and have to be if they are not from outside; ``batch`` says how far they were written down before.
    chunks
        All chunks, from the first.
    unrecorded
        Numbers of the parts that were planned before but not recorded: whether they were published is unknown, so they
        are published again, which a worker bears.
    max_bad_share
        Share of bad rows, of those read so far, past which nothing more goes on.
    joining
        What is joined to good rows before they count as good, if anything is.
    """
    bad, kept = batch.rows_quarantined, batch.rows_kept
    problem = batch.problem
    contract = contract or arriving_contract(use_case)
    for chunk in chunks:
        end = chunk.rows_before + chunk.rows
        if end > MAX_ROWS_PER_BATCH:
            raise FileBrokenError(f"the file has more than {MAX_ROWS_PER_BATCH} rows; split it")
        if end <= batch.rows_in:
            if numbers := _part_numbers(batch, chunk) & unrecorded:
                again = _check(contract, chunk)
                again = again if joining is None else joining.complete_again(use_case, again)
                yield split(batch, again).only(numbers)
            continue
        if problem is not None and kept >= MOST_KEPT:  # nobody will look at a reason any more
            yield SplitChunk(_counted(chunk, problem), ())
            continue
        checked = _check(contract, chunk)
        if joining is not None:
            checked = joining.complete(use_case, checked)
        if problem is None:
            bad += len(checked.bad)
            problem = _too_bad(use_case, bad, end, max_bad_share)
            problem = problem and f"{problem}{notation_hint(checked.bad)}"
        if problem is not None:
            planned = refuse(contract, checked, problem, MOST_KEPT - kept)
        elif use_case.forecast is None or contract is use_case:
            planned = split(batch, checked)
        else:
            planned = observe(use_case, checked)
        kept += len(planned.ledger.quarantined)
        yield planned


def _check(use_case: UseCase, chunk: AnyChunk) -> CheckedChunk:
    if not isinstance(chunk, ParsedRows):
        return check_chunk(use_case, chunk)
    values = chunk.values
    return check_rows(use_case, values, chunk.rows_before, lambda number: row_text(values[number - 1]))


def _part_numbers(batch: Batch, chunk: AnyChunk) -> frozenset[int]:
    first = chunk.rows_before // batch.part_rows
    return frozenset(range(first, first + -(-chunk.rows // batch.part_rows)))


def _too_bad(use_case: UseCase, bad: int, rows: int, limit: float) -> str | None:
    if bad <= limit * rows:
        return None
    return (
        f"{bad} of the first {rows} rows are bad, more than the share of {limit:.0%} that {use_case.name} allows "
        f"(quality.max_bad_share); rows from the point where the limit was passed were not predicted. "
        f"See the reasons of the first {MOST_KEPT:,}: smartpredict quarantine list; repair the file and drop it again"
    )


def split(batch: Batch, chunk: CheckedChunk) -> SplitChunk:
    """Split good rows into parts, and name them after the place of the chunk in its batch."""
    first_number = chunk.rows_before // batch.part_rows
    parts, messages = [], []
    for number, start in enumerate(range(0, chunk.good.num_rows, batch.part_rows), start=first_number):
        rows = chunk.good.slice(start, batch.part_rows)
        header = PartHeader(
            part_id=part_id(batch.id, number),
            use_case=batch.use_case,
            schema_hash=batch.schema_hash,
            lane=Lane.BULK,
            part_number=number,
            segments=(
                Segment(batch_id=batch.id, received_at=batch.received_at, source=batch.source, rows=rows.num_rows),
            ),
        )
        body = encode_rows(rows, chunk.good_numbers[start : start + batch.part_rows])
        parts.append(PlannedPart(header.part_id, number, rows.num_rows))
        messages.append(Outgoing.part(header, body, exchange=PREDICT, routing_key=BULK))
    ledger = ReadChunk(
        rows_before=chunk.rows_before, rows=chunk.rows, parts=parts, quarantined=bad_rows(chunk) if chunk.bad else ()
    )
    return SplitChunk(ledger, tuple(messages))


def observe(use_case: UseCase, chunk: CheckedChunk) -> SplitChunk:
    """Have good rows of a forecast stored, for they are observations; nothing is published."""
    quarantined = partial(_refused_observations, use_case, chunk)
    ledger = ReadChunk(
        rows_before=chunk.rows_before,
        rows=chunk.rows,
        parts=(),
        quarantined=bad_rows(chunk),
        observed=ObservedRows(use_case, chunk.good, chunk.good_numbers, quarantined),
    )
    return SplitChunk(ledger, ())


def _refused_observations(
    use_case: UseCase, chunk: CheckedChunk, refused: Mapping[int, RuleName]
) -> list[QuarantinedRow]:
    contract = arriving_contract(use_case)
    names = observation_columns(use_case, options_of(use_case))
    numbers = sorted(refused)
    rows = []
    for number, raw in zip(numbers, chunk.raw(numbers), strict=True):
        column = names.time if refused[number] is RuleName.STEP else names.reading
        value = chunk.good.column(column)[int(np.searchsorted(chunk.good_numbers, number))].as_py()
        rows.append(QuarantinedRow(number, raw, reasons_json([reason(contract, refused[number], column, value)])))
    return rows


def refuse(use_case: UseCase, chunk: CheckedChunk, problem: str, room: int) -> SplitChunk:
    """Keep rows of a chunk in quarantine, as many as there is room for; nothing is published."""
    rows = first_rows(use_case, chunk, max(0, room))
    ledger = ReadChunk(
        rows_before=chunk.rows_before,
        rows=chunk.rows,
        parts=(),
        quarantined=rows,
        not_kept=chunk.rows - len(rows),
        problem=problem,
    )
    return SplitChunk(ledger, ())


def _counted(chunk: AnyChunk, problem: str) -> ReadChunk:
    return ReadChunk(
        rows_before=chunk.rows_before,
        rows=chunk.rows,
        parts=(),
        quarantined=(),
        not_kept=chunk.rows,
        problem=problem,
    )


Reader = Callable[[UseCase, int], Iterator[AnyChunk]]
"""Reads rows by a contract, in chunks of so many: always the same chunks for the same rows."""


class FileReader(partial[Iterator[AnyChunk]]):
    """Reads a file alike, by the mapping for its header if there is one: takes the mappings as well."""


Rows = Sequence[Any] | Chunk | Reader
"""Rows as JSON has them, all of a file in one chunk, or what reads them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingRows:
    """Rows that came in, whatever they came in by: all that the rest of ingestion knows of a door.

    Attributes
    ----------
    use_case
        Name of what the rows are of.
    batch_id
        Derived from what arrived: the same rows arriving twice are one batch.
    source, name
        Where they came from, as predictions and people call it.
    rows
        The rows, as JSON has them or as one chunk of a file, or what reads them.
    max_bad_share
        Share of bad rows past which nothing more goes on; what the use case allows if not given.
    problem
        Why none of them can be read, if they cannot.
    digest
        SHA-256 of what arrived, where the batch id is not made from it.
    traceparent
        The span that publishing continues.
    are_forecasts
        Whether they were built to be forecast; rows of a forecast that come from outside are observations.
    """

    use_case: str
    batch_id: UUID
    source: Source
    name: str
    rows: Rows
    max_bad_share: float | None = None
    problem: str | None = None
    digest: str | None = None
    traceparent: str | None = None
    are_forecasts: bool = False

    def chunks(self, use_case: UseCase, rows: int, mappings: Sequence[Mapping[str, Any]] = ()) -> Iterator[AnyChunk]:
        """Read the rows, so many at once."""
        if isinstance(self.rows, FileReader):
            yield from self.rows(use_case, rows, mappings)
        elif callable(self.rows):
            yield from self.rows(use_case, rows)
        elif isinstance(self.rows, TableChunk | LinesChunk):
            yield self.rows
        else:
            yield from (ParsedRows(start, self.rows[start : start + rows]) for start in range(0, len(self.rows), rows))

    def told(self, error: Exception) -> str:
        """Return why they cannot be read, and what else to do where a mapping may help."""
        may_help = isinstance(self.rows, FileReader) and isinstance(error, TableRefusedError)
        return f"{error}. {MAP_IT}" if may_help else str(error)
