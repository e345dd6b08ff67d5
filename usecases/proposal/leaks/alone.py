"""Columns that give the target away by themselves: copies of it, steps of it, values that only one class has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.proposal.columns import Kind, Values
from usecases.proposal.leaks.power import (
    BINS,
    LEAKS_FROM,
    LEAKS_FROM_REGRESSION,
    MIN_ROWS_PER_BIN,
    Codes,
    Floats,
    binned,
    numbers_of,
    power_for_classes,
    power_for_numbers,
)
from usecases.proposal.target.found import Target

_LEAST_ROWS = 50
_SMALLEST_STEP = 5

_MOST_CODES, _MOST_NAMED_CODES = 3, 50
"""A number of so many different values may be a code, one that is called so of more; otherwise it is a measure."""

_CODE_WORDS = frozenset({"code", "codes", "type", "status", "flag", "reason", "mode", "state", "kind", "category"})

_LEAST_OF_VALUE = 10
_PURE = 0.99
_LARGEST_CHANCE = 1e-9
_RARE_CLASS = 0.3
_SHARE_OF_RARE_CLASS, _SHARE_OF_COMMON_CLASS, _SHARE_OF_MANY_CLASSES = 0.05, 0.5, 0.8
"""How much of a class a value has to know: a class of many rows, or one of several, has honest values of its own sooner."""

_OUTPUT_WORDS = frozenset(
    {"pred", "preds", "predicted", "prediction", "predictions", "prob", "proba", "probability", "yhat", "forecast", "classifier"}
)  # fmt: skip
_SCORE_WORDS = _OUTPUT_WORDS | {"score", "scores", "model", "p", "risk", "likelihood", "propensity", "confidence", "pd"}
_OUTPUT_KNOWS = 0.25
_LEAST_DIFFERENT = 50
_RANKS_FROM = 0.75
_CALIBRATED = 0.02
_SPREAD = 0.3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a column knows of the target.

    Attributes
    ----------
    power
        How much of it.
    words
        How it gives the target away; empty where it does not.
    is_likely_honest
        Whether it may as well be a measure that somebody made with care.
    """

    power: float
    words: str = ""
    is_likely_honest: bool = False


def evidence(values: Values, name: str, target: Target) -> Evidence:
    """Find out whether a column gives the target away by itself."""
    column = values.typed.filter(pa.array(target.known))
    if len(column) == column.null_count:
        return Evidence(0.0)
    bins, words = binned(column), set(name.split("_"))
    if target.task.definition.names_classes:
        classes = target.numbers.astype(np.int64)
        power, limit = power_for_classes(bins, classes), LEAKS_FROM
        by_order = "each class has its own stretch of values" if separates(column, classes) else ""
    else:
        power, limit = power_for_numbers(bins, column, target.numbers), LEAKS_FROM_REGRESSION
        by_order = "it rises with it, or falls, without an exception" if follows(column, target.numbers) else ""
    if power >= limit or by_order:
        return Evidence(power, f"knows the target by itself ({f'{power:.1%} of it' if power >= limit else by_order})")
    if power >= _OUTPUT_KNOWS and words & _OUTPUT_WORDS:
        return Evidence(power, f"is called like the output of another model, and knows {power:.1%} of the target")
    if not target.task.definition.names_classes:
        return Evidence(power)
    telling = _telling_value(values, name, column, classes, target)
    output = "" if telling else _model_output(column, classes, target, is_called_so=bool(words & _SCORE_WORDS))
    return Evidence(power, telling or output, is_likely_honest=bool(output) and not words & _SCORE_WORDS)


def separates(column: pa.Array, classes: Codes) -> bool:
    """Return whether each class has its own stretch of the column, with hardly a row on the wrong side."""
    numbers, known = numbers_of(column)
    if known.sum() < max(BINS * MIN_ROWS_PER_BIN, len(column) / 2):
        return False
    values, places = np.unique(numbers[known], return_inverse=True)
    counts = np.zeros((len(values), int(classes.max()) + 1))
    np.add.at(counts, (places, classes[known]), 1)
    runs = 1 + int((np.diff(counts.argmax(axis=1)) != 0).sum())
    totals = counts.sum(axis=0)
    wrong, errors = counts.sum() - counts.max(axis=1).sum(), counts.sum() - totals.max()
    found = (totals > 0).sum()
    return bool(found > 1 and runs <= found and totals[totals > 0].min() >= _SMALLEST_STEP and wrong <= errors / 100)


def follows(column: pa.Array, target: Floats) -> bool:
    """Return whether a column never falls where the target rises, or never rises: a threshold, a rounded copy, bands."""
    if pa.types.is_string(column.type):
        column = _in_order_of(column, target)
    numbers, known = numbers_of(column)
    if known.sum() < max(_LEAST_ROWS, len(column) / 2):
        return False
    numbers, target = numbers[known], target[known]
    _, counts = np.unique(numbers, return_counts=True)
    if (counts >= _SMALLEST_STEP).sum() < 2 and len(counts) < _LEAST_DIFFERENT:  # noqa: PLR2004  # one value follows nothing
        return False
    starts = np.unique(np.sort(target), return_index=True)[1]
    ordered = numbers[np.argsort(target, kind="stable")]
    lowest, highest = np.minimum.reduceat(ordered, starts), np.maximum.reduceat(ordered, starts)
    return bool((highest[:-1] <= lowest[1:]).all() or (lowest[:-1] >= highest[1:]).all())


def _in_order_of(texts: pa.Array, target: Floats) -> pa.Array:
    """Return the place of texts by what the target is on average where they stand; too many of them are no bands."""
    codes = binned(texts)
    counts = np.bincount(codes)
    if len(counts) > _MOST_NAMED_CODES:
        return pa.nulls(len(texts), pa.float64())
    means = np.bincount(codes, weights=target) / np.maximum(counts, 1)
    return pa.array(np.argsort(np.argsort(means))[codes])


def _telling_value(values: Values, name: str, column: pa.Array, classes: Codes, target: Target) -> str:
    """Return which value stands in many rows, and only in those of one class."""
    candidates: list[tuple[str, np.ndarray]] = []
    if 0 < column.null_count < len(column):
        missing = pc.is_null(column).to_numpy(zero_copy_only=False)
        candidates += [("a missing value", missing), ("any value", ~missing)]
    most = _MOST_NAMED_CODES if set(name.split("_")) & _CODE_WORDS else _MOST_CODES
    if values.kind in {Kind.BOOLEAN, Kind.TEXT} or pc.count_distinct(column).as_py() <= most:
        encoded = column.dictionary_encode()
        codes = pc.fill_null(encoded.indices, -1).to_numpy()
        counts = np.bincount(codes[codes >= 0], minlength=len(encoded.dictionary))
        frequent = np.flatnonzero(counts >= _LEAST_OF_VALUE)
        candidates += [(_shown(encoded.dictionary[int(code)].as_py()), codes == code) for code in frequent]
    totals = np.bincount(classes)
    for shown, rows in candidates:
        found = np.bincount(classes[rows], minlength=len(totals))
        count, known = int(found.sum()), int(found.max(initial=0))
        if count < _LEAST_OF_VALUE:
            continue
        code = int(found.argmax())
        share = float(totals[code] / totals.sum())
        needed = _SHARE_OF_RARE_CLASS if share <= _RARE_CLASS else _SHARE_OF_COMMON_CLASS
        if len(totals) > 2:  # noqa: PLR2004  # more than two classes
            needed = _SHARE_OF_MANY_CLASSES
        if (
            known >= _PURE * count
            and known >= needed * totals[code]
            and share**count * len(candidates) < _LARGEST_CHANCE
        ):
            of_class = f"{target.classes[code]!r}, {known / totals[code]:.0%} of all of these"
            return f"{shown} stands in {count:,} rows, {known / count:.1%} of them {of_class}"
    return ""


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _model_output(column: pa.Array, classes: Codes, target: Target, *, is_called_so: bool) -> str:
    """Return whether a column is the probability of a class, as another model gives it: that many rows are of this class."""
    numbers, known = numbers_of(column)
    numbers, classes = numbers[known], classes[known]
    if not pa.types.is_floating(column.type) or len(np.unique(numbers)) < _LEAST_DIFFERENT:
        return ""
    if numbers.min() < 0 or numbers.max() > 1:
        return ""
    bins = np.array_split(np.argsort(numbers), 10)
    expected = np.array([numbers[rows].mean() for rows in bins])
    # Few rows leave room for chance beside what a model may be off.
    chance = np.sqrt(expected * (1 - expected) / len(bins[-1])).mean()
    for code, name in enumerate(target.classes):
        rates = np.array([(classes[rows] == code).mean() for rows in bins])
        is_calibrated = np.abs(rates - expected).mean() <= _CALIBRATED + chance and np.ptp(rates) >= _SPREAD
        if (is_calibrated or is_called_so) and _ranking(numbers, classes == code) >= _RANKS_FROM:
            return f"lies between 0 and 1 and ranks {name!r} as another model would with its probability"
    return ""


def _ranking(numbers: Floats, positive: np.ndarray) -> float:
    """Return the area under the ROC curve."""
    order = np.argsort(np.argsort(numbers))
    count = int(positive.sum())
    others = len(positive) - count
    return float((order[positive].sum() - count * (count - 1) / 2) / (count * others)) if count and others else 0.5
