"""What the training data looked like by key, and how far windows of a key lie from its other rows.

A machine differs from others and wanders of its own; both are normal as far as training went. The distances of all keys,
each in standard deviations of its own rows, give one limit for each length; a key that went further than that keeps a
wider one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import stdtrit

from monitoring.drift.key_verdicts import FEWEST_ROWS
from monitoring.profiles.key_reference import (
    MOST_KEYS,
    MOST_NUMBERS,
    KeyColumn,
    KeyLimit,
    KeyReference,
)
from monitoring.profiles.row_keys import NO_KEY, Codes, row_keys
from monitoring.profiles.window_tails import Floats, tail_limit

ALARMS = 0.003
"""Share of evaluations in which any key, in any column, is called drifted though none is: divided by both (Bonferroni). So far
out a tail that is fitted to some hundred windows is uncertain: up to one in a hundred is what is measured (`docs/drift.md`)."""

PRIOR_ROWS = 4
"""Rows as which the spread of all keys counts in that of one: of few rows, or equal ones, it would say too little."""

FEWEST_WINDOWS = 4
"""Windows, or keys, from which there is a limit."""

MOST_WINDOWS = 50_000
"""Windows of one length; more say nothing new."""

OWN_SPREADS = 1.0
"""By so many root mean squares of its own windows a key may pass the widest of them."""


@dataclass(frozen=True, slots=True)
class _Segments:
    """The values of one column, key by key, each in its order and around the mean of its key."""

    values: Floats
    starts: Codes
    """Where each key begins."""
    counts: Codes
    deviations: Floats


def key_reference(
    columns: Sequence[str], rows: pa.RecordBatch, numbers: Mapping[str, Floats], places: Codes
) -> KeyReference:
    """Return what rows looked like by key.

    Parameters
    ----------
    columns
        What makes up a key.
    rows
        The training data.
    numbers
        Its columns that are numbers, NaN where one is missing.
    places
        Which row comes first, second and so on.
    """
    codes, found = row_keys(columns, rows)
    texts = found.to_pylist()
    codes = codes[places]
    counted = np.bincount(codes, minlength=len(texts))
    most = min(MOST_KEYS, MOST_NUMBERS // max(1, len(numbers)))
    ranked = sorted(np.flatnonzero(counted).tolist(), key=lambda code: (-counted[code], texts[code]))
    kept = [code for code in ranked if texts[code] != NO_KEY][:most]
    of_key = np.full(len(texts), -1, dtype=np.intp)
    of_key[kept] = np.arange(len(kept))
    key = of_key[codes]
    is_kept = key >= 0
    return KeyReference(
        columns=tuple(columns),
        keys=tuple(texts[code] for code in kept),
        rows=tuple(counted[kept].tolist()),
        left_out=int(np.count_nonzero(~is_kept)),
        numbers={
            name: key_column(
                key[is_kept], values[places][is_kept], len(kept), ALARMS / max(1, len(kept) * len(numbers))
            )
            for name, values in numbers.items()
        }
        if kept
        else {},
    )


def key_column(keys: Codes, values: Floats, many: int, alarms: float) -> KeyColumn:
    """Return a number by key.

    Parameters
    ----------
    keys, values
        The key of each row, as a place, and its value, in the order of the rows.
    many
        How many keys there are.
    alarms
        Share of the windows to come that exceed a limit.
    """
    is_missing = np.isnan(values)
    present = ~is_missing
    key, value = keys[present], values[present]
    counts = np.bincount(key, minlength=many)
    means = np.bincount(key, value, many) / np.maximum(counts, 1)
    centred = value - means[key]
    squares = np.bincount(key, centred**2, many)
    freedom = np.maximum(counts - 1, 0)
    deviation = float(np.sqrt(squares.sum() / max(1, freedom.sum())))
    deviations = np.sqrt((squares + PRIOR_ROWS * deviation**2) / (freedom + PRIOR_ROWS))
    order = np.argsort(key, kind="stable")
    segments = _Segments(centred[order], np.cumsum(counts) - counts, counts, deviations)
    found = list(_limits(segments, alarms)) if deviation > 0 else []
    strays = np.ones(many)
    for limit, own in found:
        strays = np.maximum(strays, own / limit.shift)
    with_values = counts > 0
    return KeyColumn(
        mean=float(means[with_values].mean()) if with_values.any() else 0.0,
        deviation=deviation,
        between=_between(means[counts >= FEWEST_ROWS], deviation, alarms),
        most_missing=_most_missing(keys, is_missing, many),
        limits=tuple(limit for limit, _ in found),
        present=tuple(counts.tolist()),
        means=tuple(means.tolist()),
        deviations=tuple(deviations.tolist()),
        strays=tuple(strays.tolist()),
    )


def _limits(segments: _Segments, alarms: float) -> Iterator[tuple[KeyLimit, Floats]]:
    """Yield the limit of each length, and how far the windows of each key went and a little more."""
    up_to = np.concatenate([[0.0], np.cumsum(segments.values)])
    longest = int(segments.counts.max(initial=0)) // 2
    for length in sorted({round(FEWEST_ROWS * 2 ** (step / 2)) for step in range(60)}):
        if length > longest:
            return
        # A key of less than two such windows has nothing to hold one against.
        windows = np.where(segments.counts >= 2 * length, segments.counts // length, 0)
        if windows.sum() < FEWEST_WINDOWS:
            return
        key = np.repeat(np.arange(len(windows)), windows)
        nth = np.arange(len(key)) - np.repeat(np.cumsum(windows) - windows, windows)
        thinned = slice(None, None, max(1, len(key) // MOST_WINDOWS))
        key, nth = key[thinned], nth[thinned]
        starts = segments.starts[key] + nth * length
        sums, others = up_to[starts + length] - up_to[starts], segments.counts[key] - length
        # Values are around the mean of the key, so that its other rows add up to as much the other way.
        distances = np.abs(sums / length + sums / others) / segments.deviations[key] / np.sqrt(1 + length / others)
        shift = _limit(distances, alarms)
        if shift > 0:
            yield KeyLimit(length=length, windows=int(windows.sum()), shift=shift), _own(key, distances, len(windows))


def _limit(distances: Floats, alarms: float) -> float:
    """Return the tail's limit, taken to be no shorter than that of a normal distribution of their spread."""
    normal = float(stdtrit(len(distances), 1 - alarms / 2) * np.sqrt(np.mean(distances**2)))
    return max(normal, tail_limit(distances, len(distances), alarms))


def _own(key: Codes, distances: Floats, many: int) -> Floats:
    widest = np.zeros(many)
    np.maximum.at(widest, key, distances)
    counts = np.maximum(np.bincount(key, minlength=many), 1)
    own: Floats = widest + OWN_SPREADS * np.sqrt(np.bincount(key, distances**2, many) / counts)
    return own


def _between(means: Floats, deviation: float, alarms: float) -> float | None:
    """Return how far the mean of a further key may lie from that of the others; each is compared with all others."""
    many = len(means)
    if many < FEWEST_WINDOWS or not deviation > 0:
        return None
    distances = np.abs(means - means.mean()) * many / (many - 1) / deviation
    return _limit(distances, alarms)


def _most_missing(keys: Codes, is_missing: np.ndarray[tuple[int], np.dtype[np.bool_]], many: int) -> float:
    """Return the largest share of missing values among windows of the shortest length, and keys as a whole."""
    if not is_missing.any():
        return 0.0
    order = np.argsort(keys, kind="stable")
    counts = np.bincount(keys, minlength=many)
    begins = np.cumsum(counts) - counts
    up_to = np.concatenate([[0], np.cumsum(is_missing[order])])
    windows = counts // FEWEST_ROWS
    key = np.repeat(np.arange(many), windows)
    nth = np.arange(len(key)) - np.repeat(np.cumsum(windows) - windows, windows)
    starts = begins[key] + nth * FEWEST_ROWS
    shares = (up_to[starts + FEWEST_ROWS] - up_to[starts]) / FEWEST_ROWS
    whole = np.bincount(keys, is_missing, many) / np.maximum(counts, 1)
    return float(max(shares.max(initial=0.0), whole[counts >= FEWEST_ROWS].max(initial=0.0)))
