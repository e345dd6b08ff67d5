"""Columns as the numbers that profiles count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from usecases.columns.features import Feature, TimestampFeature
from usecases.columns.timestamps import MICROSECONDS_A_DAY
from usecases.tasks.definition import Scores

_LARGEST = 1e150
"""Numbers are taken to lie within +- this, so that a sum of their squares stays finite and JSON can hold it."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


def to_numbers(feature: Feature, column: pa.Array) -> Floats:
    """Return the numbers of a feature as they are counted: times in days since 1970, NaN where a value is missing."""
    return within_bounds(raw_numbers(feature, column))


def score_numbers(scores: Scores) -> Floats:
    """Return the numbers whose distribution is watched: the score, or the prediction itself of a regression."""
    return within_bounds(raw_score_numbers(scores))


def raw_numbers(feature: Feature, column: pa.Array) -> Floats:
    """Return the numbers of a feature like :func:`to_numbers`, before :func:`within_bounds`."""
    if isinstance(feature, TimestampFeature):
        return _floats(column.cast(pa.int64())) / MICROSECONDS_A_DAY
    return _floats(column)


def raw_score_numbers(scores: Scores) -> Floats:
    """Return the numbers of :func:`score_numbers`, before :func:`within_bounds`."""
    return _floats(scores.prediction if pa.types.is_floating(scores.prediction.type) else scores.score)


def within_bounds(numbers: Floats) -> Floats:
    """Limit numbers to the bounds that sums of squares and JSON allow."""
    # Adding nothing turns -0.0 into 0.0, which is the same number but another text in JSON, so another digest.
    return np.clip(numbers, -_LARGEST, _LARGEST) + 0.0


def _floats(column: pa.Array) -> Floats:
    # Arrow makes floats of whole numbers only where one is missing.
    numbers: Floats = column.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
    return numbers
