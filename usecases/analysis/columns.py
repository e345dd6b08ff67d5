"""A column in figures: how its values are distributed, which are missing, which lie far out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.proposal.columns import Kind, Values

BINS = 24
"""Bars of a histogram."""

MOST_VALUES = 12
"""Commonest texts that are listed."""

_FENCE = 1.5
"""Interquartile ranges past the quartiles from which on a value lies far out (Tukey, Exploratory Data Analysis, 1977)."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of numbers, or of times in seconds since 1970, between edges; there is an edge more than counts."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """The distribution of numbers.

    Attributes
    ----------
    minimum, lower_quartile, median, upper_quartile, maximum, mean, deviation
        In the unit of the column; the deviation is that of a sample.
    outliers
        Values past Tukey's fences: more than 1.5 interquartile ranges outside the quartiles.
    """

    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    maximum: float
    mean: float
    deviation: float
    outliers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSummary:
    """A column in figures.

    Attributes
    ----------
    name
        As the data has it.
    kind
        What it holds, in words.
    rows, missing, strays, different
        Rows, values that are missing, that are of another kind than the rest, and that differ from one another.
    numbers
        Of numbers only.
    first, last
        Of times only, in ISO 8601.
    histogram
        Of numbers and times.
    commonest
        Of texts, truth values and numbers of few values: the commonest with their counts.
    """

    name: str
    kind: str
    rows: int
    missing: int
    strays: int
    different: int
    numbers: Numbers | None = None
    first: str = ""
    last: str = ""
    histogram: Histogram | None = None
    commonest: tuple[tuple[str, int], ...] = ()


def summarize(name: str, values: Values) -> ColumnSummary:
    """Summarize a column."""
    known = values.typed.drop_null()
    base: dict[str, Any] = {
        "name": name, "kind": values.kind.value, "rows": len(values.typed), "missing": values.missing,
        "strays": values.strays, "different": _different(known),
    }  # fmt: skip
    match values.kind:
        case Kind.FLOAT | Kind.INTEGER if len(known):
            numbers: Floats = known.cast(pa.float64(), safe=False).to_numpy()
            few = _commonest(known) if base["different"] <= MOST_VALUES else ()
            return ColumnSummary(**base, numbers=_numbers(numbers), histogram=_histogram(numbers), commonest=few)
        case Kind.TIMESTAMP if len(known):
            span = pc.min_max(known)
            seconds: Floats = known.cast(pa.int64()).to_numpy() / 1e6
            first, last = (span[end].as_py().isoformat(timespec="seconds") for end in ("min", "max"))
            return ColumnSummary(**base, first=first, last=last, histogram=_histogram(seconds))
        case Kind.UNSUPPORTED | Kind.EMPTY:
            return ColumnSummary(**base)
        case _:
            return ColumnSummary(**base, commonest=_commonest(known))


def _different(known: pa.Array) -> int:
    try:
        return int(pc.count_distinct(known).as_py())
    except pa.ArrowException:  # of lists and structures
        return 0


def _numbers(values: Floats) -> Numbers:
    lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75])
    reach = _FENCE * (upper - lower)
    return Numbers(
        minimum=float(values.min()),
        lower_quartile=float(lower),
        median=float(median),
        upper_quartile=float(upper),
        maximum=float(values.max()),
        mean=float(values.mean()),
        deviation=float(values.std(ddof=1)) if len(values) > 1 else 0.0,
        outliers=int(((values < lower - reach) | (values > upper + reach)).sum()),
    )


def _histogram(values: Floats) -> Histogram:
    counts, edges = np.histogram(values, bins=min(BINS, max(len(values), 1)))
    return Histogram(tuple(edges.tolist()), tuple(counts.tolist()))


def _commonest(known: pa.Array) -> tuple[tuple[str, int], ...]:
    counted = pc.value_counts(known)
    order = pc.sort_indices(counted.field("counts"), sort_keys=[("", "descending")])[:MOST_VALUES]
    texts, counts = counted.field("values").take(order), counted.field("counts").take(order)
    return tuple((str(text)[:60], count) for text, count in zip(texts.to_pylist(), counts.to_pylist(), strict=True))
