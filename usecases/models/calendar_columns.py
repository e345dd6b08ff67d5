"""What a model sees of a time beside the time itself: hour, weekday and month, each a column of the matrix behind the features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.features import TimestampFeature
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats


@dataclass(frozen=True, slots=True)
class CalendarColumn:
    """A column of the matrix that is read off a time.

    Attributes
    ----------
    name
        As the model knows it; no feature can be called so.
    place
        Of the feature that holds the time, among all features.
    read
        Gives the numbers of a column of times.
    """

    name: str
    place: int
    read: Callable[[pa.Array], pa.Array]

    def numbers(self, moments: pa.Array) -> np.ndarray[Any, np.dtype[Any]]:
        """Read checked times, NaN where one is missing."""
        found: np.ndarray[Any, np.dtype[Any]] = self.read(moments.cast(_UTC)).to_numpy(zero_copy_only=False)
        return found


@cache
def calendar_columns(use_case: UseCase) -> tuple[CalendarColumn, ...]:
    """Return the columns of all times of a use case."""
    return tuple(
        CalendarColumn(f"{feature.name}.{part}", place, read)
        for place, feature in enumerate(use_case.features)
        if isinstance(feature, TimestampFeature)
        for part, read in _PARTS.items()
    )


def column_names(use_case: UseCase, *, with_calendar: bool) -> list[str]:
    """Return the names of the columns that a model sees, in order."""
    names = [feature.name for feature in use_case.features]
    return [*names, *(column.name for column in calendar_columns(use_case))] if with_calendar else names


def sum_by_feature(use_case: UseCase, shares: Floats) -> Floats:
    """Add what the hour, weekday and month of a time contributed to what the time itself did; the last place is the base."""
    features = len(use_case.features)
    summed = np.concatenate([shares[..., :features], shares[..., -1:]], axis=-1)
    for index, column in enumerate(calendar_columns(use_case), start=features):
        summed[..., column.place] += shares[..., index]
    return summed


_UTC = pa.timestamp("us")
"""Without a zone, which Arrow would have to look up: checked times are UTC."""

_PARTS: dict[str, Callable[[pa.Array], pa.Array]] = {"hour": pc.hour, "weekday": pc.day_of_week, "month": pc.month}
"""Hours from 0, weekdays from Monday as 0, months from 1."""
