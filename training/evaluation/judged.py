"""Rows of the holdout with what came true and the scores of the model: all of them, or as many as figures need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from training.data import TrainingData
from training.splits import Split, split_column
from usecases.columns.features import FloatFeature, IntegerFeature, TimestampFeature
from usecases.contract.spec import UseCase
from usecases.contract.training import SplitKind
from usecases.metrics.inputs import Floats
from usecases.proposal.columns import Kind

MOST_ROWS = 50_000
"""Rows that figures by segment are computed from; a share of a tenth of them is known to half a percent."""

_GROUPS = 6
"""Groups of a number or time: each has rows enough where all have a few hundred."""

_MOST_VALUES = 8
"""Different numbers that are groups of their own, and categories that are; the others are put together."""

MISSING, OTHERS = "(missing)", "(other values)"

MICROSECONDS = 1e6

Codes = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows of the holdout.

    Attributes
    ----------
    rows
        Checked rows.
    targets, scores
        What came true, and the raw scores of the model.
    of
        Rows of the holdout in all; more than are here where figures need no more.
    moments, column
        Time of each row, in seconds, and where it stands; none where the rows have no order in time.
    """

    rows: pa.RecordBatch
    targets: Floats
    scores: Floats
    of: int
    moments: Floats | None = None
    column: str = ""

    def thinned(self, most: int) -> Judged:
        """Return at most so many of the rows, evenly chosen."""
        if len(self.targets) <= most:
            return self
        places = np.unique(np.linspace(0, len(self.targets) - 1, most).astype(np.int64))
        moments = None if self.moments is None else self.moments[places]
        rows = self.rows.take(pa.array(places))
        return Judged(rows, self.targets[places], self.scores[places], self.of, moments, self.column)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Rows parted by like values of a column.

    Attributes
    ----------
    column, kind
        The column, and what it holds: `category`, `number` or `time`.
    labels
        Names of the groups.
    codes
        Group of each row.
    """

    column: str
    kind: str
    labels: tuple[str, ...]
    codes: Codes

    def places(self) -> Iterator[tuple[str, Codes]]:
        """Yield every group that has rows, with their places."""
        for code, label in enumerate(self.labels):
            places = np.flatnonzero(self.codes == code)
            if places.size:
                yield label, places


def holdout_moments(use_case: UseCase, data: TrainingData, found: Split) -> tuple[Floats | None, str]:
    """Return the time of every row of the holdout in seconds, and the column it stands in; nothing where that is no time."""
    if found.kind is SplitKind.TIME and found.column:
        values = split_column(use_case, data, found.column).values
        if values.kind is Kind.TIMESTAMP:
            moments = values.typed.take(pa.array(found.holdout)).cast(pa.timestamp("us", "UTC"))
            return _numbers(moments.cast(pa.int64())) / MICROSECONDS, found.column
    return None, ""


def grouped(use_case: UseCase, rows: pa.RecordBatch, name: str) -> Grouping:
    """Part rows by a feature: by its values, or by quantiles of a number or time; missing values are a group."""
    column = rows.column(name)
    match use_case.features_by_name[name]:
        case FloatFeature() | IntegerFeature():
            return by_quantiles(name, "number", _numbers(column))
        case TimestampFeature():
            return by_quantiles(name, "time", _numbers(column.cast(pa.int64())) / MICROSECONDS)
        case _:
            return _by_values(name, column)


def by_quantiles(name: str, kind: str, numbers: Floats) -> Grouping:
    """Part numbers, or times in seconds, into groups of about as many rows; NaN is missing."""
    there = ~np.isnan(numbers)
    different = np.unique(numbers[there])
    if different.size <= _MOST_VALUES:
        codes = np.searchsorted(different, numbers)
        labels = _written(kind, different.tolist())
    else:
        edges = np.unique(np.quantile(numbers[there], np.linspace(0, 1, _GROUPS + 1)))
        codes = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, len(edges) - 2)
        labels = [f"{low} to {high}" for low, high in pairwise(_written(kind, edges.tolist()))]
    return Grouping(name, kind, (*labels, MISSING), np.where(there, codes, len(labels)).astype(np.int64))


def _by_values(name: str, column: pa.Array) -> Grouping:
    """Part rows by the values of a category or a boolean, the most frequent first."""
    encoded = column.cast(pa.string()).dictionary_encode()
    indices: Codes = encoded.indices.fill_null(-1).to_numpy().astype(np.int64)
    counts = np.bincount(indices[indices >= 0], minlength=len(encoded.dictionary))
    order = np.argsort(-counts, kind="stable")
    shown = order[:_MOST_VALUES]
    new_codes = np.full(len(counts) + 1, len(shown), dtype=np.int64)
    new_codes[shown] = np.arange(len(shown))
    new_codes[-1] = len(shown) + 1  # the place of -1, which is missing
    labels = [encoded.dictionary[int(place)].as_py() for place in shown]
    return Grouping(name, "category", (*labels, OTHERS, MISSING), new_codes[indices])


def _numbers(column: pa.Array) -> Floats:
    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def _written(kind: str, values: Sequence[float]) -> list[str]:
    """Write numbers or times for people, no longer than it takes to tell them apart.

    >>> _written("number", [0.5, 12345.6]), _written("number", [1.2341, 1.2342])
    (['0.5', '12,346'], ['1.2341', '1.2342'])
    >>> _written("time", [0.0, 30.0, 60.0])
    ['1970-01-01 00:00:00', '1970-01-01 00:00:30', '1970-01-01 00:01:00']
    """
    texts: list[str] = []
    for digits in range(4, 18):
        if kind == "time":
            unit: Any = "m" if digits == 4 else "s"  # noqa: PLR2004  # the first try
            moments = [np.datetime64(int(value), "s").astype(f"datetime64[{unit}]") for value in values]
            texts = [str(moment).replace("T", " ") for moment in moments]
        else:  # without exponents
            texts = [f"{one:,.{digits}g}" if abs(one) < 10_000 else f"{one:,.{digits - 4}f}" for one in values]  # noqa: PLR2004  # see above
        if len({*texts}) == len(values):
            break
    return texts
