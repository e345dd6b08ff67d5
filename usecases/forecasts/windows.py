"""Filling gaps, and what is computed over the newest readings: each value depends on readings at or before it alone."""

from __future__ import annotations

from collections.abc import Iterator

import coreforecast.lag_transforms
import numpy as np
from coreforecast.grouped_array import GroupedArray

from usecases.contract.forecast import ROLLING, ForecastOptions, Missing
from usecases.metrics.inputs import Floats

_TRANSFORMS = {
    "mean": coreforecast.lag_transforms.RollingMean,
    "std": coreforecast.lag_transforms.RollingStd,
    "min": coreforecast.lag_transforms.RollingMin,
    "max": coreforecast.lag_transforms.RollingMax,
}

_LEAST = {"std": 2}
"""Fewest readings that something is computed of; one where nothing is said."""


def fill(options: ForecastOptions, values: Floats) -> Floats:
    """Fill missing readings from others, as the use case says; shape (series, steps), as the result.

    A reading is carried as far as a row looks back, so what is filled depends on so many readings before it.
    """
    match options.missing:
        case Missing.LEAVE | Missing.REFUSE:
            return values
        case Missing.CARRY:
            return _carry(values, options.lookback)
        case Missing.IMPUTE:
            season = options.seasons[0]
            before = np.full_like(values, np.nan)
            before[:, season:] = values[:, :-season]
            return _carry(np.where(np.isnan(values), before, values), options.lookback)


def fill_reach(options: ForecastOptions) -> int:
    """Return how many readings before it decide what stands in for a missing one."""
    match options.missing:
        case Missing.LEAVE | Missing.REFUSE:
            return 0
        case Missing.CARRY:
            return options.lookback
        case Missing.IMPUTE:
            return options.lookback + options.seasons[0]


def rolling(options: ForecastOptions, values: Floats) -> Iterator[tuple[str, Floats]]:
    """Yield what is computed over the newest readings at every step, by the names of the columns; gaps are left out."""
    series, steps = values.shape
    flat = np.ascontiguousarray(values).reshape(-1)
    grouped = GroupedArray(flat, np.arange(series + 1, dtype=np.int64) * steps, 1)
    for name in ROLLING:
        for window in getattr(options, f"rolling_{name}"):
            found = _over(grouped, name, window)
            if name == "std":
                # It is updated from step to step, and what rounding left of older readings would stand in for no deviation.
                found[(_over(grouped, "min", window) == _over(grouped, "max", window)) & ~np.isnan(found)] = 0.0
            yield f"{name}_{window}", found.reshape(series, steps)


def _over(grouped: GroupedArray, name: str, window: int) -> Floats:
    least = _LEAST.get(name, 1)
    found: Floats = _TRANSFORMS[name](lag=0, window_size=window, min_samples=least, skipna=True).transform(grouped)
    return found


def _carry(values: Floats, most: int) -> Floats:
    here = np.arange(values.shape[1])
    newest = np.maximum.accumulate(np.where(np.isnan(values), -1, here), axis=1)
    found = np.take_along_axis(values, np.maximum(newest, 0), axis=1)
    return np.where((newest >= 0) & (here - newest <= most), found, np.nan)
