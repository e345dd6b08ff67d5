"""Rows of a file that are about the other rows: totals, remarks, units below the names, and the names once more."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.casting import read_floats, read_integers, with_points
from usecases.columns.missing import is_word
from usecases.columns.number_texts import number_of
from usecases.columns.texts import Mask, true_where

_TOTAL = (
    r"(?i)^\s*(grand |sub[- ]?|zwischen|end)?(total|totals|totale|totaal|sum|summe|gesamt|gesamtsumme|insgesamt|somme|suma"
    r"|average|mean|mittelwert|durchschnitt|moyenne|promedio|count|anzahl)( general| général)?[\s\d:=()./-]*$"
)
"""What the first cell of a row of totals says."""

_MOST_SHARE = 0.05
"""Share of rows up to which rows of totals are looked for; more may be rows of their own kind."""

_FEWEST_ADDED = 3
_MOST_BELOW = 3
"""Rows below the names that explain them: of loggers units and what was done, of surveys questions and ids."""

_MOST_REMARKS = 5
_REMARK = re.compile(r"\s*([*#©†‡¹(]|[^\W\d_]+:?\s+\S)")
_LINE = re.compile(r":?[-=_]{2,}:?")
_AROUND_NAMES = " \t\u00a0\ufeff"
_PLAIN_NUMBER = r"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$"
_FIRST_ROWS = 200
_SHOWN = 60


def without_summaries(table: pa.RecordBatch, told: Callable[[str], None], *, has_types: bool = False) -> pa.RecordBatch:
    """Leave out the rows that say something of others; they would widen every range, and be learned from.

    Parameters
    ----------
    table, told
        The rows, and what hears in words which of them are left out.
    has_types
        Whether the file has numbers as well as texts: those of a column that are texts for such rows alone are numbers again.
    """
    if table.num_rows <= _FEWEST_ADDED or not table.num_columns:
        return table
    texts = _as_texts(table)
    kept = ~_names_again(texts, told)
    first, words = _below_names(texts.filter(pa.array(kept)))
    if first:
        kept[np.flatnonzero(kept)[:first]] = False
        told(words)
    rest = np.flatnonzero(kept)
    for find in (_remarks, _totals):
        found, words = find(texts.take(pa.array(rest)))
        if found.any():
            told(words)
            rest = rest[~found]
    if len(rest) == table.num_rows:
        return table
    left_out = np.delete(np.arange(table.num_rows), rest)
    found = table.take(pa.array(rest))
    return _with_numbers(found, table.take(pa.array(left_out))) if has_types else found


def _as_texts(table: pa.RecordBatch) -> pa.RecordBatch:
    arrays = [column if pa.types.is_string(column.type) else column.cast(pa.string()) for column in table.columns]
    return pa.RecordBatch.from_arrays(arrays, names=table.schema.names)


def _with_numbers(table: pa.RecordBatch, left_out: pa.RecordBatch) -> pa.RecordBatch:
    """Return a table whose texts are numbers where only rows that were left out had others."""
    arrays, fields = list(table.columns), list(table.schema)
    for place, field in enumerate(table.schema):
        is_mixed = pa.types.is_string(field.type) and any(
            cell is not None and not _is_number(cell) for cell in left_out.column(place).to_pylist()
        )
        if is_mixed and pc.all(pc.match_substring_regex(arrays[place], _PLAIN_NUMBER)).as_py():
            whole, unread = read_integers(arrays[place])
            arrays[place] = read_floats(arrays[place])[0] if unread.any() else whole
            fields[place] = pa.field(field.name, arrays[place].type)
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def _names_again(table: pa.RecordBatch, told: Callable[[str], None]) -> Mask:
    """Find rows that repeat the names of the columns, as files have them that were put together."""
    again = np.ones(table.num_rows, np.bool_)
    for name, column in zip(table.schema.names, table.columns, strict=True):
        again &= true_where(pc.equal(pc.utf8_trim(column, _AROUND_NAMES), name.strip(_AROUND_NAMES)))
        if not again.any():
            return again
    many = int(again.sum())
    told("1 row repeats the names of the columns" if many == 1 else f"{many:,} rows repeat the names of the columns")
    return again


def _below_names(table: pa.RecordBatch) -> tuple[int, str]:
    """Return how many rows below the names explain them, and what to say of these; they hold units, questions or a line."""
    count = next((count for count in range(_MOST_BELOW, 0, -1) if _explain(table, count)), 0)
    if count == 0:
        return 0, ""
    if count == 1:
        return 1, f"the first row holds units and no values ({_shown(table, 0)})"
    return count, f"the first {count} rows hold units or explanations and no values ({_shown(table, 0)})"


def _explain(table: pa.RecordBatch, count: int) -> bool:
    """Return whether each of the first rows has words where the rows below have numbers, and no number, or is a line of dashes."""
    return table.num_rows > count + 1 and all(
        _is_line(table, row) or _is_of_units(table, row, count) for row in range(count)
    )


def _is_line(table: pa.RecordBatch, row: int) -> bool:
    cells = [cell for column in table.columns if (cell := column[row].as_py()) is not None]
    return len(cells) > 1 and all(map(_LINE.fullmatch, cells))


def _is_of_units(table: pa.RecordBatch, row: int, count: int) -> bool:
    """Return whether a row has words where the rows below have numbers, and no number at all."""
    cells = [column[row].as_py() for column in table.columns]
    if any(_is_number(cell) for cell in cells if cell is not None):
        return False
    words = [place for place, cell in enumerate(cells) if cell is not None and _is_unit(cell)]
    found = [place for place in words if _are_numbers(table.column(place).slice(count), cells[place])]
    filled = sum(cell is not None for cell in cells)
    return len(found) > 1 or (len(found) == 1 and filled == 1)


def _is_unit(cell: str) -> bool:
    return any(map(str.isalpha, cell)) and not is_word(cell)


def _are_numbers(column: pa.Array, word: str) -> bool:
    first = column.slice(0, _FIRST_ROWS).drop_null().to_pylist()
    return bool(first) and all(map(_is_number, first)) and not pc.any(pc.equal(column, word)).as_py()


def _is_number(cell: str) -> bool:
    return number_of(cell) is not None or number_of(cell, decimal_comma=True) is not None


def _remarks(table: pa.RecordBatch) -> tuple[Mask, str]:
    """Find rows at the end that hold one text and nothing else, where every other row holds more."""
    filled = np.zeros(table.num_rows, np.int64)
    for column in table.columns:
        filled += true_where(pc.is_valid(column))
    found = np.zeros(table.num_rows, np.bool_)
    end = table.num_rows
    while end and filled[end - 1] <= 1:
        end -= 1
    at_end = range(end, table.num_rows)
    has_text = [row for row in at_end if _REMARK.match("".join(_cells(table, row)))]
    if len(at_end) <= _MOST_REMARKS and has_text == [row for row in at_end if filled[row]] and (filled[:end] > 1).all():
        is_total = true_where(pc.match_substring_regex(_first_cells(table), _TOTAL))
        found[end:] = not is_total[end:].any()
    many = "1 row at the end is a remark" if found.sum() == 1 else f"{found.sum()} rows at the end are remarks"
    return found, f"{many} ({_shown(table, table.num_rows - 1)})"


def _totals(table: pa.RecordBatch) -> tuple[Mask, str]:
    """Find rows that are called totals, and a last one that adds up the others; they lack what every other row has."""
    called = true_where(pc.match_substring_regex(_first_cells(table), _TOTAL))
    if called.sum() > max(1, _MOST_SHARE * table.num_rows):
        return np.zeros_like(called), ""
    last = np.zeros_like(called)
    last[-1] = not called[-1]
    gaps = np.zeros_like(called)
    for column in table.columns:
        missing = true_where(pc.is_null(column))
        if missing.any() and not missing[~(called | last)].any():
            gaps |= missing
    last &= gaps
    if last.any() and not _adds_up(table, ~(called | last)):
        last[-1] = False
    found: Mask = (called & gaps) | last
    if not found.any():
        return found, ""
    many = "1 row is a total" if found.sum() == 1 else f"{found.sum():,} rows are totals"
    return found, f"{many} of others ({_shown(table, int(np.flatnonzero(found)[-1]))})"


def _first_cells(table: pa.RecordBatch) -> pa.Array:
    return table.column(0) if table.num_columns == 1 else pc.coalesce(*table.columns)


def _adds_up(table: pa.RecordBatch, others: Mask) -> bool:
    """Return whether every number of the last row is the sum of those above."""
    found = []
    for column in table.columns:
        cell = column[len(column) - 1].as_py()
        if cell is None or not _is_number(cell):
            continue
        numbers, _ = read_floats(column)
        if numbers[len(numbers) - 1].as_py() is None:
            numbers, _ = read_floats(with_points(column)[0])
        total = pc.sum(numbers.filter(pa.array(others))).as_py()
        last = numbers[len(numbers) - 1].as_py()
        found.append(total is not None and last is not None and abs(total - last) <= 1e-6 * max(abs(total), 1.0))
    return bool(found) and all(found)


def _shown(table: pa.RecordBatch, row: int) -> str:
    return repr(" ".join(_cells(table, row))[:_SHOWN])


def _cells(table: pa.RecordBatch, row: int) -> list[str]:
    return [cell for column in table.columns if (cell := column[row].as_py()) is not None]
