"""Clocks among columns: what goes on and on, so that rows to come lie past all that was seen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
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

_ENDINGS_OF_DATES = ("date", "datum", "datetime", "timestamp", "dato", "fecha")
_DATE_ENDINGS = ("date", "datum", "dato", "fecha", "day", "tag", "dob")
"""Ends of words of names of columns that hold a day."""

_LEAST_OF_SIX, _MOST_OF_SIX = 1_01_00, 99_12_31
_LEAST_OF_EIGHT, _MOST_OF_EIGHT = 1_01_1700, 31_12_2199
"""Days as numbers, a year of two or of four digits in front or behind; those of the first days have a zero less."""

_LEAST_DIFFERENT_NAMELESS = 30
_LATE_YEARS = 5
"""Different numbers of six digits from which they may be days whatever the column is called, and years that are of late."""

_CENTURY_ENDS = 68
"""Years of two digits up to here are of this century, as C and POSIX have it."""

_FIRST_SHEET_DAY, _LAST_SHEET_DAY = 25_569, 73_050
"""Days since 1899-12-30, as spreadsheets count them, of the years 1970 and 2099."""

_FIRST_SHEET_MOMENT, _LAST_SHEET_MOMENT = 36_526, 54_788
"""The same of the years 2000 and 2049, between which numbers with a fraction are moments."""

_FIRST_ORDINAL, _LAST_ORDINAL = 1950_001, 2099_366
_LEAST_ORDINALS = 20
"""Days such as 2026090, as mainframes and satellites number them, and how many have to differ where no name says so."""

_MONTHS = np.arange(1.0, 13)
_A_SECOND = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}


class DateForm(StrEnum):
    """How dates are written as numbers."""

    DAYS = "20260331"
    MONTHS = "202603"
    SHORT_DAYS = "260331"
    DAY_FIRST = "31032026"
    MONTH_FIRST = "03312026"
    SHORT_DAY_FIRST = "310326"
    SHORT_MONTH_FIRST = "033126"
    ORDINAL = "2026090"

    @property
    def runs_on(self) -> bool:
        """Whether a later date is a larger number."""
        return self in {DateForm.DAYS, DateForm.MONTHS, DateForm.SHORT_DAYS, DateForm.ORDINAL}


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
    words = frozenset(name.split("_"))
    if not known.size or (known != np.floor(known)).any():
        return bool(known.size) and are_spreadsheet_days(words, known)
    form = date_form(words, known)
    return (
        (form is not None and form.runs_on)
        or epoch_unit(words, known) is not None
        or are_spreadsheet_days(words, known)
    )


def date_form(words: Collection[str], numbers: Floats) -> DateForm | None:
    """Return how whole numbers are dates, none of them missing; nothing where they are not.

    >>> days = 20260300.0 + np.arange(1, 31)
    >>> date_form({"sold"}, days), date_form({"sold"}, days + 40), date_form({"sold"}, np.array([20260331.0]))
    (<DateForm.DAYS: '20260331'>, None, None)
    >>> date_form({"sold", "date"}, days - 20000000), date_form({"sold"}, 32026 + 1_000_000 * np.arange(1.0, 31))
    (<DateForm.SHORT_DAYS: '260331'>, <DateForm.DAY_FIRST: '31032026'>)
    """
    if len(np.unique(numbers)) < _LEAST_DIFFERENT and not CLOCK_WORDS & set(words):
        return None
    low, high = numbers.min(), numbers.max()
    if low >= _FIRST_DAY and high <= _LAST_DAY and _are_days(numbers):
        return DateForm.DAYS
    if low >= _FIRST_DAY // 100 and high <= _LAST_DAY // 100 and _are_days(numbers * 100 + 1):
        return DateForm.MONTHS
    if low >= _FIRST_ORDINAL and high <= _LAST_ORDINAL and _are_ordinals(words, numbers):
        return DateForm.ORDINAL
    if low >= _LEAST_OF_EIGHT and high <= _MOST_OF_EIGHT:
        return _day_of_eight_digits(numbers)
    is_short = low >= _LEAST_OF_SIX and high <= _MOST_OF_SIX and _may_be_short(words, numbers)
    return day_of_six_digits(numbers) if is_short else None


def _day_of_eight_digits(numbers: Floats) -> DateForm | None:
    first, second, year = numbers // 1_00_0000, numbers // 1_0000 % 100, numbers % 1_0000
    if year.min() < _FIRST_DAY // 1_00_00 or year.max() > _LAST_DAY // 1_00_00:
        return None
    return _form_of(first, second, DateForm.DAY_FIRST, DateForm.MONTH_FIRST)


def day_of_six_digits(numbers: Floats) -> DateForm | None:
    """Return how whole numbers of up to six digits are days, with a year of two digits; nothing where they are not."""
    first, second, last = numbers // 1_00_00, numbers // 100 % 100, numbers % 100
    is_one_century = (first <= _CENTURY_ENDS).all() or (first > _CENTURY_ENDS).all()
    # There are more days of a month than years.
    if is_one_century and len(np.unique(first)) <= len(np.unique(last)) and _are_days(numbers):
        return DateForm.SHORT_DAYS
    return _form_of(first, second, DateForm.SHORT_DAY_FIRST, DateForm.SHORT_MONTH_FIRST)


def _form_of(first: Floats, second: Floats, day_first: DateForm, month_first: DateForm) -> DateForm | None:
    if _are_days(100 * second + first):
        return day_first
    return month_first if _are_days(100 * first + second) else None


def _may_be_short(words: Collection[str], numbers: Floats) -> bool:
    """Return whether numbers of six digits may be days: the column is called so, or they are of all months, or of late."""
    if any(word.endswith(_DATE_ENDINGS) for word in words):
        return True
    different, this_year = np.unique(numbers), datetime.now(UTC).year % 100
    first, second, last = (np.unique(different // place % 100) for place in (10_000, 100, 1))
    are_of_late = any(part.min() >= this_year - _LATE_YEARS and part.max() <= this_year + 1 for part in (first, last))
    are_of_all_months = np.array_equal(first, _MONTHS) or np.array_equal(second, _MONTHS)
    return len(different) >= _LEAST_DIFFERENT_NAMELESS and (are_of_late or are_of_all_months)


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
    """Return whether numbers, none of them missing, are the days, and parts of one, by which spreadsheets keep the dates of a column.

    >>> are_spreadsheet_days({"order", "date"}, np.array([44_197.0])), are_spreadsheet_days({"price"}, np.array([44_197.0]))
    (True, False)
    >>> are_spreadsheet_days({"orderdate"}, np.array([46_197.5])), are_spreadsheet_days({"orderdate"}, np.array([26_197.5]))
    (True, False)
    """
    are_whole = bool((numbers == np.floor(numbers)).all())
    first, last = (_FIRST_SHEET_DAY, _LAST_SHEET_DAY) if are_whole else (_FIRST_SHEET_MOMENT, _LAST_SHEET_MOMENT)
    is_called_so = any(word.endswith(_ENDINGS_OF_DATES) for word in words)
    return bool(is_called_so and numbers.min() >= first and numbers.max() <= last)


def _are_ordinals(words: Collection[str], numbers: Floats) -> bool:
    days = numbers % 1_000
    is_called_so = any(word.endswith(_DATE_ENDINGS) for word in words)
    are_days = ((days >= 1) & (days <= 366)).all()  # noqa: PLR2004  # of a year
    return bool(are_days and (is_called_so or len(np.unique(numbers)) >= _LEAST_ORDINALS))


def _are_days(numbers: Floats) -> bool:
    months, days = numbers // 100 % 100, numbers % 100
    return bool(((months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)).all())  # noqa: PLR2004  # of a year and a month


def _is_year(name: str, numbers: Floats) -> bool:
    known = numbers[~np.isnan(numbers)]
    return bool(name in _YEARS and known.size and known.min() >= 1_800 and known.max() < 2_200)  # noqa: PLR2004  # years
