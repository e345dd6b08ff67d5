"""Clocks among columns: what goes on and on, so that rows to come lie past all that was seen."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

CLOCK_WORDS = frozenset({"time", "timestamp", "date", "epoch", "unix", "ts", "ms", "datetime", "at", "zeit", "datum"})
"""Words of names of columns that hold a time."""

_YEARS = frozenset({"year", "yr", "jahr"})
"""Names of columns that hold the year of a row; that of something in it, such as `year_built`, goes on with no clock."""

_FEWEST = 20
"""Fewer numbers may stand in a row by accident."""

_EVEN_SHARE = 0.75
"""Share of steps that are even where some rows were left out since they were numbered."""

_LEAST_DIFFERENT = 10
"""Fewer different numbers may look like dates by accident."""

_FIRST_DAY, _LAST_DAY = 1700_01_01, 2199_12_31

_FIRST_EPOCH, _LAST_EPOCH = 631_152_000, 4_102_444_800
"""Seconds since 1970 of the years 1990 and 2100."""

_LIKELY_EPOCH = 900_000_000

_DATE_WORDS = frozenset({"date", "datum", "datetime"})
_FIRST_SHEET_DAY, _LAST_SHEET_DAY = 25_569, 73_050
"""Days since 1899-12-30, as spreadsheets count them, of the years 1970 and 2099."""

_A_SECOND = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}


class DateForm(StrEnum):
    """How dates are written as numbers."""

    DAYS = "20260331"
    MONTHS = "202603"


def is_clock(name: str, numbers: Floats) -> bool:
    """Return whether numbers are a time or count on, so that those to come lie past all that were seen.

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
    """Return whether numbers are times: days such as 20260331, months such as 202603, or what has been counted since a day."""
    known = numbers[~np.isnan(numbers)]
    if not known.size or (known != np.floor(known)).any():
        return False
    words = frozenset(name.split("_"))
    return (
        date_form(words, known) is not None
        or epoch_unit(words, known) is not None
        or are_spreadsheet_days(words, known)
    )


def date_form(words: Collection[str], numbers: Floats) -> DateForm | None:
    """Return how whole numbers are dates, none of them missing; nothing where they are not.

    >>> days = 20260300.0 + np.arange(1, 31)
    >>> date_form({"sold"}, days), date_form({"sold"}, days + 40), date_form({"sold"}, np.array([20260331.0]))
    (<DateForm.DAYS: '20260331'>, None, None)
    """
    if len(np.unique(numbers)) < _LEAST_DIFFERENT and not CLOCK_WORDS & set(words):
        return None
    low, high = numbers.min(), numbers.max()
    if low >= _FIRST_DAY and high <= _LAST_DAY and _are_days(numbers):
        return DateForm.DAYS
    if low >= _FIRST_DAY // 100 and high <= _LAST_DAY // 100 and _are_days(numbers * 100 + 1):
        return DateForm.MONTHS
    return None


def epoch_unit(words: Collection[str], numbers: Floats) -> str | None:
    """Return what of time since 1970 whole numbers count, none of them missing; nothing where they count something else.

    >>> epoch_unit({"event", "time"}, np.array([1.78e12])), epoch_unit({"price"}, np.array([631_152_000.0]))
    ('milliseconds', None)
    """
    is_called_so = bool(CLOCK_WORDS & set(words))
    first = _FIRST_EPOCH if is_called_so else _LIKELY_EPOCH
    last = _LAST_EPOCH if is_called_so else _LAST_EPOCH / 2
    low, high = numbers.min(), numbers.max()
    return next((unit for unit, length in _A_SECOND.items() if low / length >= first and high / length <= last), None)


def are_spreadsheet_days(words: Collection[str], numbers: Floats) -> bool:
    """Return whether whole numbers, none of them missing, are the days by which spreadsheets keep the dates of a column.

    >>> are_spreadsheet_days({"order", "date"}, np.array([44_197.0])), are_spreadsheet_days({"price"}, np.array([44_197.0]))
    (True, False)
    """
    is_called_so = bool(_DATE_WORDS & set(words))
    return bool(is_called_so and numbers.min() >= _FIRST_SHEET_DAY and numbers.max() <= _LAST_SHEET_DAY)


def _are_days(numbers: Floats) -> bool:
    months, days = numbers // 100 % 100, numbers % 100
    return bool(((months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)).all())  # noqa: PLR2004  # of a year and a month


def _is_year(name: str, numbers: Floats) -> bool:
    known = numbers[~np.isnan(numbers)]
    return bool(name in _YEARS and known.size and known.min() >= 1_800 and known.max() < 2_200)  # noqa: PLR2004  # years
