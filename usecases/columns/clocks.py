"""Clocks among columns: what goes on and on, so that rows to come lie past all that was seen."""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

_FEWEST = 20
"""Fewer numbers may stand in a row by accident."""

_EVEN_SHARE = 0.75
"""Share of steps that are even where some rows were left out since they were numbered."""

_EPOCH_WORDS = frozenset({"time", "timestamp", "ts", "date", "datetime", "epoch", "unix"})
_YEAR_WORDS = frozenset({"year", "yr", "jahr"})
_FIRST_EPOCH = 100_000_000
"""1973 in seconds; milliseconds and finer are larger."""


def is_clock(name: str, numbers: Floats) -> bool:
    """Return whether numbers are a time or count on: running numbers, years, yyyymmdd, seconds since 1970.

    >>> rng = np.random.default_rng(0)
    >>> is_clock("nr", np.arange(100.0)), is_clock("age", rng.integers(18, 90, 100).astype(float))
    (True, False)
    """
    return is_running(numbers) or is_calendar(name, numbers) or _is_year(name, numbers)


def is_running(numbers: Floats) -> bool:
    """Return whether every number stands once and the next is always as far away, whatever the order of the rows.

    >>> is_running(np.arange(100.0)[::-1]), is_running(np.arange(100.0) ** 2)
    (True, False)
    """
    if len(numbers) < _FEWEST or np.isnan(numbers).any():
        return False
    steps = np.diff(np.sort(numbers))
    usual = np.median(steps)
    return bool(steps.min() > 0 and (np.abs(steps - usual) <= 1e-6 * usual).mean() >= _EVEN_SHARE)


def is_calendar(name: str, numbers: Floats) -> bool:
    """Return whether numbers are times: 20260331, or since 1970 in a column that is called so.

    >>> is_calendar("sold", np.array([20260331.0, 20251201.0])), is_calendar("sold", np.array([20261399.0]))
    (True, False)
    >>> is_calendar("event_time", np.array([1_780_000_000.0])), is_calendar("price", np.array([1_780_000_000.0]))
    (True, False)
    """
    known = numbers[~np.isnan(numbers)]
    if not known.size or (known != np.floor(known)).any():
        return False
    if known.min() >= 19_000_101 and known.max() <= 21_001_231:  # noqa: PLR2004  # dates without signs between
        month, day = known // 100 % 100, known % 100
        return bool(((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all())  # noqa: PLR2004  # of a calendar
    return bool(known.min() >= _FIRST_EPOCH and _EPOCH_WORDS & set(name.split("_")))


def _is_year(name: str, numbers: Floats) -> bool:
    known = numbers[~np.isnan(numbers)]
    return bool(name in _YEAR_WORDS and known.size and known.min() >= 1_800 and known.max() < 2_200)  # noqa: PLR2004  # years
