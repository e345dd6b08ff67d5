"""How much of the target the values of a column give away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Floats = np.ndarray[Any, np.dtype[np.float64]]
Codes = np.ndarray[Any, np.dtype[np.int64]]
Known = np.ndarray[Any, np.dtype[np.bool_]]

BINS = 64
MIN_ROWS_PER_BIN = 5
"""A bin of fewer rows knows its answer by heart, which says nothing about the column."""

LEAKS_FROM = 0.99
"""Power from which a column is held to know the answer; no honest measure does."""

LEAKS_FROM_REGRESSION = 0.999


def binned(column: pa.Array) -> Codes:
    """Assign each value of a column a number: by what it is, or by 64 bins of as many rows; missing ones have their own."""
    if pa.types.is_string(column.type) or pa.types.is_boolean(column.type):
        return _codes(column)
    if pc.count_distinct(column).as_py() <= BINS:
        return _codes(column)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    numbers: Floats = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    known = ~np.isnan(numbers)
    edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, BINS + 1)[1:-1]))
    codes = np.searchsorted(edges, numbers, side="right")
    codes[~known] = len(edges) + 1
    return codes.astype(np.int64)


def power_for_classes(bins: Codes, classes: Codes) -> float:
    """Return the share of the errors of always naming the commonest class that this column alone avoids.

    >>> power_for_classes(np.repeat([0, 1], 50), np.repeat([1, 0], 50))
    1.0
    """
    table = np.zeros((int(bins.max()) + 1, int(classes.max()) + 1))
    np.add.at(table, (bins, classes), 1)
    base = float(table.sum(axis=0).max())
    rows = table.sum(axis=1)
    # Small bins, such as those of identifiers, are taken to know nothing but the commonest class.
    commonest = int(table.sum(axis=0).argmax())
    right = np.where(rows >= MIN_ROWS_PER_BIN, table.max(axis=1), table[:, commonest]).sum()
    return float((right - base) / (len(bins) - base)) if len(bins) > base else 0.0


def power_for_numbers(bins: Codes, column: pa.Array, target: Floats) -> float:
    """Return the share of the target's variance that this column alone explains: by bins, a line, or ranks."""
    spread = float(((target - target.mean()) ** 2).sum())
    if spread == 0:
        return 0.0
    rows = np.bincount(bins)
    sums = np.bincount(bins, weights=target)
    means = np.where(rows >= MIN_ROWS_PER_BIN, sums / np.maximum(rows, 1), target.mean())
    by_bins = 1 - float(((target - means[bins]) ** 2).sum()) / spread
    return max(by_bins, _by_line(column, target))


def _by_line(column: pa.Array, target: Floats) -> float:
    """Return what a straight line explains of the target, or of its rank: its logarithm and its root have the same ranks."""
    numbers, known = numbers_of(column)
    if known.sum() < len(numbers) / 2:
        return 0.0
    ranked = _squared_correlation(_ranks(numbers[known]), _ranks(target[known]))
    return max(_squared_correlation(numbers[known], target[known]), ranked)


def _squared_correlation(one: Floats, other: Floats) -> float:
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1] ** 2)


def _ranks(numbers: Floats) -> Floats:
    """Return the place of each value in their order; equal ones share the middle of theirs."""
    _, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middle: Floats = (last - (counts - 1) / 2)[places]
    return middle


def numbers_of(column: pa.Array) -> tuple[Floats, Known]:
    """Return a column as numbers, and where it has one; a column that holds none has none anywhere."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.int64())
    elif not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        return np.full(len(column), np.nan), np.zeros(len(column), dtype=np.bool_)
    numbers: Floats = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers, np.isfinite(numbers)


def _codes(column: pa.Array) -> Codes:
    encoded = column.dictionary_encode()
    return np.asarray(pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(), dtype=np.int64)
