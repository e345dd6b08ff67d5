"""Reading many JSON rows at once: those of plain shape in columns, the others one by one.

Not with ``pyarrow.json``: it may end the process over rows that are valid JSON, takes ``NaN``, and sees two
rows in a line with two objects.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from types import NoneType
from typing import Any

import numpy as np
import pyarrow as pa

from usecases.checking.row_model import key_of, with_plain_names
from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.columns.texts import Mask, text_of
from usecases.contract.row_layout import canonical_row
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True)
class SortedRows:
    """Rows by how they can be checked.

    Attributes
    ----------
    table
        Rows whose values all have the right type, in columns.
    table_positions
        Position of each of them in the input, ascending.
    other_positions
        Positions of the rows that only the model of a single row can judge.
    """

    table: pa.RecordBatch
    table_positions: np.ndarray[Any, np.dtype[np.int64]]
    other_positions: list[int]


def sort_rows(use_case: UseCase, rows: Sequence[Any]) -> SortedRows:
    """Lay rows of plain shape out in columns.

    Plain is what the column check and the row model read alike: an object with known keys whose values have the JSON
    type of their column, or are texts that are read as cells of a file at every door.
    """
    if rows and with_plain_names(use_case, rows[0]) is not rows[0]:  # the others most likely have the same names
        rows = [with_plain_names(use_case, row) for row in rows]
    if use_case.names_by_source or use_case.ignored_columns:
        rows = [canonical_row(use_case, row) for row in rows]
    columns = _columns_of_whole(use_case.columns, rows)
    if columns is not None:
        positions = np.arange(len(rows))
    else:
        known = frozenset(use_case.columns)
        plain = np.fromiter((type(row) is dict and known.issuperset(row) for row in rows), np.bool_, len(rows))
        positions = np.flatnonzero(plain)
        kept = rows if plain.all() else [rows[position] for position in positions.tolist()]
        columns = [[row.get(name) for row in kept] for name in use_case.columns]
    fits = np.ones(len(positions), np.bool_)
    arrays = []
    for name, values in zip(use_case.columns, columns, strict=True):
        array, fit = _column(use_case.features_by_name.get(name), values)
        arrays.append(array)
        fits &= fit
    table = pa.RecordBatch.from_arrays(arrays, names=list(use_case.columns))
    if not fits.all():
        positions, table = positions[fits], table.filter(pa.array(fits))
    others = np.ones(len(rows), np.bool_)
    others[positions] = False
    return SortedRows(table, positions, np.flatnonzero(others).tolist())


def _columns_of_whole(names: Sequence[str], rows: Sequence[Any]) -> list[list[Any]] | None:
    """Return the values of rows that all have exactly these names, by column; none where one has others."""
    if {*map(type, rows)} != {dict} or {*map(len, rows)} != {len(names)}:
        return None
    try:
        return [list(map(itemgetter(name), rows)) for name in names]
    except KeyError:
        return None


_EXACT = 2**53
"""Whole numbers up to here are exact as floats, which is all that pyarrow takes for one."""
_INT64 = 2**63


def _column(feature: Feature | None, values: list[Any]) -> tuple[pa.Array, Mask]:
    """Return a column in the type of its feature, or of the key, and which of its values it holds; the others are null."""
    kinds = _kinds(values)
    match feature:
        case FloatFeature() | IntegerFeature() if kinds == {str} and feature.takes_texts:
            found = _texts(values, kinds, {str})
        case FloatFeature():
            found = _numbers(values, kinds, {float, int}, _EXACT, pa.float64())
        case IntegerFeature() if float in kinds and kinds <= {float, int}:
            found = _numbers(values, kinds, {float, int}, _EXACT, pa.float64())
        case IntegerFeature():
            found = _numbers(values, kinds, {int}, _INT64, pa.int64())
        case BooleanFeature():
            found = (
                _texts(values, kinds, {str, bool, int, float})
                if kinds - {bool}
                else (pa.array(values, pa.bool_()), _all(values))
            )
        case TimestampFeature():
            found = _texts(values, kinds, {str})
        case CategoryFeature():
            found = _texts(values, kinds, {str, int, float})
        case None if kinds <= {str}:
            found = _texts(values, kinds, {str})
        case None:
            keys = [key_of(value) for value in values]
            found = _texts(keys, _kinds(keys), {str})
    return found


def _kinds(values: list[Any]) -> set[type]:
    return {*map(type, values)} - {NoneType}


def _numbers(
    values: list[Any], kinds: set[type], allowed: set[type], limit: int, kind: pa.DataType
) -> tuple[pa.Array, Mask]:
    if kinds <= allowed:
        # One number that is too large is rare, so nobody looks for it before it is met.
        with contextlib.suppress(pa.ArrowException, OverflowError):
            return pa.array(values, kind), _all(values)
    fits = _of_types(values, kinds, allowed)
    fits &= np.fromiter((type(value) is not int or -limit <= value < limit for value in values), np.bool_, len(values))
    if not fits.all():
        values = [value if fit else None for value, fit in zip(values, fits, strict=True)]
    return pa.array(values, kind), fits


def _texts(values: list[Any], kinds: set[type], allowed: set[type]) -> tuple[pa.Array, Mask]:
    """Write values as a file has them."""
    fits = _of_types(values, kinds, allowed)
    if not kinds <= {str}:
        values = [text_of(value) if fit else None for value, fit in zip(values, fits, strict=True)]
    return pa.array(values, pa.string()), fits


def _of_types(values: list[Any], kinds: set[type], allowed: set[type]) -> Mask:
    if kinds <= allowed:
        return _all(values)
    fitting = allowed | {NoneType}
    return np.fromiter((type(value) in fitting for value in values), np.bool_, len(values))


def _all(values: list[Any]) -> Mask:
    return np.ones(len(values), np.bool_)
