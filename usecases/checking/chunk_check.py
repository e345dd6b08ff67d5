"""Checking a chunk: good rows on one side, bad rows with their reasons on the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import ValidationError

from usecases.checking.json_rows import sort_rows
from usecases.checking.raw_rows import raw_rows
from usecases.checking.reasons import Reason, RuleName, reason, reason_of_line, reasons_of
from usecases.checking.row_model import Row, read_row, rows_to_arrow, with_plain_names
from usecases.checking.table_check import check_table, percents_as_texts
from usecases.columns.typed_values import with_plain_values_of_lines
from usecases.contract.file_columns import matched_rows
from usecases.contract.row_layout import canonical_row
from usecases.contract.spec import UseCase
from usecases.formats.chunks import Chunk, LinesChunk, RowNumbers, TableChunk
from usecases.formats.json_text import NOT_JSON, DoubledName, parse_lines, row_text

ONE_BY_ONE = 50
"""Rows up to which checking them one by one is faster than in columns."""

RawTexts = Callable[[Sequence[int]], list[str]]
"""Returns rows, by their numbers, as they came."""


@dataclass(frozen=True, slots=True)
class CheckedChunk:
    """Outcome of a check; every row is in it once.

    Attributes
    ----------
    rows_before, rows
        Place of the chunk in its batch.
    good
        Good rows.
    good_numbers
        Row number of each of them, ascending.
    bad
        Reasons by row number.
    raw
        Returns any rows as they came.
    """

    rows_before: int
    rows: int
    good: pa.RecordBatch
    good_numbers: RowNumbers
    bad: dict[int, list[Reason]]
    raw: RawTexts


def check_chunk(use_case: UseCase, chunk: Chunk) -> CheckedChunk:
    """Check every row of a chunk against the contract."""
    match chunk:
        case TableChunk():
            return _check_columns(use_case, chunk)
        case LinesChunk():
            lines, came = chunk.lines, parse_lines(chunk.lines)
            rows = matched_rows(use_case, with_plain_values_of_lines(lines, came))

            def raw(position: int) -> str:
                row = rows[position - 1]
                return lines[position - 1].decode() if row is came[position - 1] else row_text(row)

            return check_rows(use_case, rows, chunk.rows_before, raw)


def check_rows(use_case: UseCase, rows: Sequence[Any], rows_before: int, raw: Callable[[int], str]) -> CheckedChunk:
    """Check rows that came as JSON.

    Parameters
    ----------
    use_case
        The contract.
    rows
        Parsed rows.
    rows_before
        Rows of the batch before these.
    raw
        Returns one row as it came, by its position counted from 1; under the names of the contract where it has others, since
        whoever repairs it looks for its values there.
    """
    raw = partial(_named, use_case, rows, raw)
    if len(rows) <= ONE_BY_ONE:
        # A check of columns costs 0.7 ms however few rows it looks at, one row 13 us.
        return _checked_one_by_one(use_case, rows, rows_before, raw)
    ordered = sort_rows(use_case, rows)
    # A row of JSON is read alike whichever others come with it.
    checked = check_table(use_case, ordered.table, are_cells=False)
    positions = ordered.table_positions
    bad = {rows_before + 1 + int(positions[place]): reasons for place, reasons in checked.bad.items()}
    good, good_positions = checked.good, positions[checked.good_positions]
    if ordered.other_positions:
        kept, kept_positions = _check_one_by_one(use_case, rows, ordered.other_positions, rows_before, bad)
        if kept:
            good = pa.concat_batches([good, rows_to_arrow(use_case, kept)])
            good_positions = np.concatenate([good_positions, kept_positions])
            order = np.argsort(good_positions)
            good, good_positions = good.take(pa.array(order)), good_positions[order]
    return CheckedChunk(
        rows_before,
        len(rows),
        good,
        (good_positions + rows_before + 1).astype(np.int32),
        bad,
        lambda numbers: [raw(number - rows_before) for number in numbers],
    )


def _named(use_case: UseCase, rows: Sequence[Any], raw: Callable[[int], str], position: int) -> str:
    row = rows[position - 1]
    if not isinstance(row, dict):
        return raw(position)
    named = canonical_row(use_case, with_plain_names(use_case, row))
    return raw(position) if named.keys() == row.keys() else row_text(named)


def _checked_one_by_one(
    use_case: UseCase, rows: Sequence[Any], rows_before: int, raw: Callable[[int], str]
) -> CheckedChunk:
    bad: dict[int, list[Reason]] = {}
    kept, positions = _check_one_by_one(use_case, rows, list(range(len(rows))), rows_before, bad)
    return CheckedChunk(
        rows_before,
        len(rows),
        rows_to_arrow(use_case, kept),
        np.array(positions, dtype=np.int32) + np.int32(rows_before + 1),
        bad,
        lambda numbers: [raw(number - rows_before) for number in numbers],
    )


def _check_one_by_one(
    use_case: UseCase, rows: Sequence[Any], positions: list[int], rows_before: int, bad: dict[int, list[Reason]]
) -> tuple[list[Row], list[int]]:
    kept: list[Row] = []
    kept_positions: list[int] = []
    for position in positions:
        row = rows[position]
        if row is NOT_JSON:
            bad[rows_before + position + 1] = [reason(use_case, RuleName.NOT_A_ROW, None)]
            continue
        if isinstance(row, DoubledName):
            column = use_case.names_by_source.get(row.name, row.name)
            bad[rows_before + position + 1] = [reason(use_case, RuleName.REPEATED_COLUMN, column)]
            continue
        try:
            kept.append(read_row(use_case, row))
        except ValidationError as error:
            bad[rows_before + position + 1] = reasons_of(use_case, error.errors(include_url=False))
        else:
            kept_positions.append(position)
    return kept, kept_positions


def _check_columns(use_case: UseCase, chunk: TableChunk) -> CheckedChunk:
    # What is bad for its percent sign has it in quarantine, too: sent again as it was, it must not be another number.
    chunk = replace(chunk, table=percents_as_texts(use_case, chunk.table))
    checked = check_table(use_case, chunk.table)
    bad = {int(chunk.numbers[position]): reasons for position, reasons in checked.bad.items()}
    for row in chunk.malformed:
        rule = RuleName.QUOTATION_MARK if row.is_quoted else RuleName.NUMBER_OF_COLUMNS
        bad[row.row_number] = [reason_of_line(rule, row.problem, row.text)]
    return CheckedChunk(
        chunk.rows_before, chunk.rows, checked.good, chunk.numbers[checked.good_positions], bad, _raw_of(chunk)
    )


def _raw_of(chunk: TableChunk) -> RawTexts:
    def raw(numbers: Sequence[int]) -> list[str]:
        texts = {row.row_number: row.text for row in chunk.malformed}
        wanted = np.array([number for number in numbers if number not in texts], dtype=np.int32)
        written = raw_rows(chunk.table, pa.array(np.searchsorted(chunk.numbers, wanted)))
        texts |= dict(zip(wanted.tolist(), written, strict=True))
        return [texts[number] for number in numbers]

    return raw
