"""Reading many JSON rows at once: those of plain shape in columns, the others one by one.

Not with ``pyarrow.json``: it ends the process (a segmentation fault) where a row is ``null``, takes ``NaN``, and sees two
rows in a line with two objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from types import NoneType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.columns.timestamps import TIMESTAMP_PATTERN
from usecases.contract.row_layout import canonical_row
from usecases.contract.spec import UseCase

Mask = np.ndarray[Any, np.dtype[np.bool_]]


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
    type of their column, and no text that a file would take for a missing value.
    """
    if use_case.names_by_source or use_case.ignored_columns:
        rows = [canonical_row(use_case, row) for row in rows]
    plain = np.fromiter((type(row) is dict for row in rows), np.bool_, len(rows))
    known = frozenset(use_case.columns)
    if plain.all() and not known.issuperset(chain.from_iterable(rows)):
        plain = np.fromiter((known.issuperset(row) for row in rows), np.bool_, len(rows))
    elif not plain.all():
        plain = np.fromiter((type(row) is dict and known.issuperset(row) for row in rows), np.bool_, len(rows))
    positions = np.flatnonzero(plain)
    kept = rows if plain.all() else [rows[position] for position in positions.tolist()]
    columns: dict[str, list[Any]] = {name: [row.get(name) for row in kept] for name in use_case.columns}
    fits = np.ones(len(kept), np.bool_)
    for name, values in columns.items():
        fits &= _fits(use_case.features_by_name.get(name), values)
    if not fits.all():
        positions = positions[fits]
        columns = {
            name: [value for value, fit in zip(values, fits, strict=True) if fit] for name, values in columns.items()
        }
    table = pa.RecordBatch.from_arrays(
        [pa.array(values, _arrow_type(use_case.features_by_name.get(name))) for name, values in columns.items()],
        names=list(columns),
    )
    others = np.ones(len(rows), np.bool_)
    others[positions] = False
    return SortedRows(table, positions, np.flatnonzero(others).tolist())


_EXACT = 2**53
"""Whole numbers up to here are exact as floats, which is all that pyarrow takes for one."""
_INT64 = 2**63


def _fits(feature: Feature | None, values: list[Any]) -> Mask:
    """Return which values of a column have its JSON type; the key is a text like any other."""
    match feature:
        case FloatFeature():
            return _of_types(values, {float, int, NoneType}) & _within(values, _EXACT)
        case IntegerFeature():
            return _of_types(values, {int, NoneType}) & _within(values, _INT64)
        case BooleanFeature():
            return _of_types(values, {bool, NoneType})
        case TimestampFeature():
            texts = _of_types(values, {str, NoneType})
            return texts & _times([value if fit else None for value, fit in zip(values, texts, strict=True)])
        case CategoryFeature() | None:
            fits = _of_types(values, {str, NoneType})
            return (
                fits & np.fromiter((value != "" for value in values), np.bool_, len(values)) if "" in values else fits
            )


def _of_types(values: list[Any], allowed: set[type]) -> Mask:
    if allowed.issuperset(map(type, values)):
        return np.ones(len(values), np.bool_)
    return np.fromiter((type(value) in allowed for value in values), np.bool_, len(values))


def _within(values: list[Any], limit: int) -> Mask:
    return np.fromiter((type(value) is not int or -limit <= value < limit for value in values), np.bool_, len(values))


def _times(values: list[str | None]) -> Mask:
    formed = pc.match_substring_regex(pa.array(values, pa.string()), TIMESTAMP_PATTERN.replace("$", r"\z"))
    mask: Mask = pc.fill_null(formed, True).to_numpy(zero_copy_only=False)  # noqa: FBT003  # pyarrow takes no keyword
    return mask


def _arrow_type(feature: Feature | None) -> pa.DataType:
    match feature:
        case FloatFeature():
            return pa.float64()
        case IntegerFeature():
            return pa.int64()
        case BooleanFeature():
            return pa.bool_()
        case TimestampFeature() | CategoryFeature() | None:
            return pa.string()
