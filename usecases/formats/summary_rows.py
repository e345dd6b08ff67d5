"""Rows of a CSV file that are about the other rows: totals below them or between them, units below the names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.casting import read_floats, with_points
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
_FIRST_ROWS = 200
_SHOWN = 60


def without_summaries(table: pa.RecordBatch, told: Callable[[str], None]) -> pa.RecordBatch:
    """Leave out the rows that say something of others; they would widen every range, and be learned from."""
    if table.num_rows <= _FEWEST_ADDED or not table.num_columns:
        return table
    if _is_of_units(table):
        told(f"the first row holds units and no values ({_shown(table, 0)})")
        table = table.slice(1)
    totals = _totals(table)
    if totals.any():
        many = "1 row is a total" if totals.sum() == 1 else f"{totals.sum():,} rows are totals"
        told(f"{many} of others ({_shown(table, int(np.flatnonzero(totals)[-1]))})")
        table = table.filter(pa.array(~totals))
    return table


def _is_of_units(table: pa.RecordBatch) -> bool:
    """Return whether the first row has words where the others have numbers, and no number at all."""
    cells = [column[0].as_py() for column in table.columns]
    if any(_is_number(cell) for cell in cells if cell is not None):
        return False
    words = [place for place, cell in enumerate(cells) if cell is not None and _is_unit(cell)]
    found = [place for place in words if _are_numbers(table.column(place).slice(1), cells[place])]
    filled = sum(cell is not None for cell in cells)
    return len(found) > 1 or (len(found) == 1 and filled == 1)


def _is_unit(cell: str) -> bool:
    return any(map(str.isalpha, cell)) and not is_word(cell)


def _are_numbers(column: pa.Array, word: str) -> bool:
    first = column.slice(0, _FIRST_ROWS).drop_null().to_pylist()
    return bool(first) and all(map(_is_number, first)) and not pc.any(pc.equal(column, word)).as_py()


def _is_number(cell: str) -> bool:
    return number_of(cell) is not None or number_of(cell, decimal_comma=True) is not None


def _totals(table: pa.RecordBatch) -> Mask:
    """Find rows that are called totals, and a last one that adds up the others; they lack what every other row has."""
    first_cells = table.column(0) if table.num_columns == 1 else pc.coalesce(*table.columns)
    called = true_where(pc.match_substring_regex(first_cells, _TOTAL))
    if called.sum() > max(1, _MOST_SHARE * table.num_rows):
        return np.zeros_like(called)
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
    return (called & gaps) | last


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
    cells = (column[row].as_py() for column in table.columns)
    return repr(" ".join(cell for cell in cells if cell is not None)[:_SHOWN])
