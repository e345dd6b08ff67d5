"""What stands for a missing value without saying so: question marks, dashes, -999, 9999-12-31."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from string import ascii_lowercase
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.missing import MISSING_WORDS

_SIGNS = (
    "?", "??", "???", "-", "--", "---", "\u2013", "\u2014", ".", "..", "...", "*", "**", "_", "#n/a", "#na", "#null!", "#value!",
    "#div/0!", "#ref!", "#name?", "#num!", "nat", r"\n", "(null)", "<null>", "[null]", "<na>", "<n/a>", "<nan>", "n.a.",
    "n.a", "-nan", "1.#qnan", "-1.#ind", "null", "nan", "na", "n/a", "<undefined>", "(blank)", "(leer)", "(vide)",
    "#wert!", "#bezug!", "#zahl!", "#nv", "#valeur!", "#nombre!", "#valor!", "#\u00a1valor!", "#valore!", "#rif!", "#waarde!", "#arg!",
    *(f".{letter}" for letter in ascii_lowercase),
)  # fmt: skip
_WORDS = (
    "none", "unknown", "missing", "undefined", "not available", "not applicable", "not known", "not reported", "nil",
    "blank", "empty", "tbd", "unbekannt", "fehlt", "inconnu", "desconocido", "sconosciuto",
)  # fmt: skip

SIGNS = pa.array(_SIGNS)
"""Texts that are hardly ever a value, whatever a column holds; in small letters.

Among them what spreadsheets write of errors in the language of their user, Matlab of a category, Stata of why there is none.
"""

SIGNS_AND_WORDS = pa.array([*_SIGNS, *_WORDS])
"""Texts that stand for a missing number or time. Among names, a word such as `none` may well be one."""

WORDS = pa.array(_WORDS)

_DAY_OF_TIME = r"-\d\d-\d\d([T ][\d:.]+(Z|[+-][\d:]+)?)?\s*$"
_OPEN_ENDED = rf"(?i)^\s*(9999|000[01]){_DAY_OF_TIME}"
"""Times that mean 'for ever' or 'never'; no calendar of a business reaches so far."""

_BEYOND = rf"(?i)^\s*(0\d|1[0-6]|2[2-9]|[3-9]\d)\d\d{_DAY_OF_TIME}"
"""Times before 1700 or after 2199: the same where they come again, as 2999-12-31 and 4712-12-31 do; else slips."""

_NO_DAY = "00000000"
_DAYS_OF_DIGITS = r"^(1[6-9]|2[0-2]|99)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])$"

_MOST_BEYOND = 3
"""Different ones in a column; more are bad values."""

_LEAST_ROWS = 3
"""A value that stands in fewer rows is an outlier, if it is anything."""

_LEAST_OTHERS = 5
_LEAST_OF_COUNTS = 10
"""Different numbers from 0 from which -1 among them is no step of a scale."""

_FAR_STEPS, _FAR_SHARE = 5, 0.05
"""How far above 0 other numbers begin where 0 may be no number of theirs: in usual steps, and as a share of their span."""

_FIRST_ROUND = -10
_PLACEHOLDER_DAYS = (
    "1700-01-01", "1753-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01", "1970-01-01",
    "2099-01-01", "2099-12-31", "2100-01-01", "2199-12-31",
)  # fmt: skip
_DAY = 86_400_000_000
_YEAR = 365 * _DAY
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Numbers = np.ndarray[Any, np.dtype[Any]]


def are_signs(lowered: pa.Array, *, of_names: bool) -> pa.Array:
    """Return which texts, in small letters and without spaces around, look as if they stood for a missing value.

    Parameters
    ----------
    lowered
        The texts.
    of_names
        Whether the column holds names. For numbers and times the usual words are read as missing anyway.
    """
    if of_names:
        found = pc.is_in(lowered, value_set=SIGNS)
        if pc.any(pc.equal(lowered, "+")).as_py():
            found = pc.and_(found, pc.not_equal(lowered, "-"))  # plus and minus are two values
    else:
        found = pc.or_(pc.is_in(lowered, value_set=SIGNS_AND_WORDS), pc.match_substring_regex(lowered, _OPEN_ENDED))
        found = pc.or_(found, pc.is_in(lowered, value_set=_beyond_again(lowered)))
        found = pc.and_not(found, pc.is_in(lowered, value_set=MISSING_WORDS))
        found = pc.or_(found, _no_days(lowered, found))
    return pc.fill_null(found, False)  # noqa: FBT003  # pyarrow takes no keyword


def _no_days(lowered: pa.Array, signs: pa.Array) -> pa.Array:
    """Return which texts are 00000000, as SAP writes that there is no date, where all others are days such as 20260331."""
    zeros = pc.equal(lowered, _NO_DAY)
    others = lowered.filter(pc.invert(pc.or_(zeros, pc.or_(signs, pc.is_in(lowered, value_set=MISSING_WORDS)))))
    others = others.drop_null()
    are_days = len(others) and pc.all(pc.match_substring_regex(others, _DAYS_OF_DIGITS)).as_py()
    return pc.and_(zeros, pa.scalar(bool(are_days)))


def _beyond_again(lowered: pa.Array) -> pa.Array:
    """Return the few times beyond the calendar that stand in several rows."""
    counted = pc.value_counts(lowered.filter(pc.match_substring_regex(lowered, _BEYOND)))
    again = counted.field("values").filter(pc.greater_equal(counted.field("counts"), _LEAST_ROWS))
    return again if len(again) <= _MOST_BEYOND else again.slice(0, 0)


def placeholder_numbers(column: pa.Array) -> dict[int | float, int]:
    """Return numbers that look as if they stood for a missing one, with their rows: far outside of all others, and repeated.

    >>> placeholder_numbers(pa.array([-200.0] * 5 + [1.5, 2.5, 3.5, 4.5, 5.5, 6.5] * 3))
    {-200.0: 5}
    """
    values, counts = _counted(column)
    if len(values) < 3:  # noqa: PLR2004  # of two values neither is far from the others
        return {}
    low, high = 0, len(values)
    while low < high - 1 and _is_nines(values[low]) and counts[low] >= _LEAST_ROWS:
        low += 1
    while high - 1 > low and _is_nines(values[high - 1]) and counts[high - 1] >= _LEAST_ROWS:
        high -= 1
    found = [
        place for place in (*range(low), *range(high, len(values))) if _is_far_nines(values, counts, place, low, high)
    ]
    rest = np.setdiff1d(np.arange(len(values)), found)
    ends = (rest[0], rest[-1]) if len(rest) > _LEAST_OTHERS else ()
    found += [end for end in ends if counts[end] >= _LEAST_ROWS and _stands_apart(values, counts, end, rest)]
    return {values[place].item(): int(counts[place]) for place in sorted(found)}


def written_number(number: float) -> str:
    """Write a number as a person would, so that it is read back as the same one; of 32 bits with the digits that these hold.

    >>> written_number(-999.0), written_number(-999.9), written_number(-999.9000244140625), written_number(9.969209968386869e36)
    ('-999', '-999.9', '-999.9', '9.96921e+36')
    """
    text = f"{number:.15g}"
    text = text if float(text) == number else repr(float(number))
    with np.errstate(over="ignore"):
        single = np.float32(number)
    return str(single) if float(single) == number and len(str(single)) < len(text) else text


def zeros_apart(column: pa.Array) -> int:
    """Return how many numbers are 0 where all others are far above it, as if a 0 stood for what nobody measured.

    >>> zeros_apart(pa.array([0.0] * 5 + [18.0 + step / 4 for step in range(60)])), zeros_apart(pa.array([0.0] * 5 + [*range(1, 60)]))
    (5, 0)
    """
    values, counts = _counted(column)
    if len(values) <= _LEAST_OF_COUNTS or values[0] != 0 or counts[0] < _LEAST_ROWS:
        return 0
    others = values[1:]
    is_far = others[0] >= max(_FAR_STEPS * np.median(np.diff(others)), _FAR_SHARE * (others[-1] - others[0]))
    return int(counts[0]) if is_far else 0


def placeholder_times(column: pa.Array) -> dict[str, int]:
    """Return times that look as if they stood for a missing one, as texts, with their rows.

    >>> moments = [datetime(1970, 1, 1)] * 4 + [datetime(2026, 3, day) for day in range(1, 9)]
    >>> placeholder_times(pa.array(moments, pa.timestamp("us", "UTC")))
    {'1970-01-01': 4}
    """
    values, counts = _counted(column.cast(pa.int64()))
    if len(values) <= _LEAST_OTHERS:
        return {}
    known = {(datetime.fromisoformat(day).replace(tzinfo=UTC) - _EPOCH).days * _DAY: day for day in _PLACEHOLDER_DAYS}
    found = {}
    for place in np.flatnonzero((counts >= _LEAST_ROWS) & np.isin(values, list(known))):
        others = np.delete(values, place)
        is_far = int(np.abs(others - values[place]).min()) >= _YEAR
        if is_far or counts[place] >= 10 * np.delete(counts, place).mean():
            found[known[int(values[place])]] = int(counts[place])
    return found


def _counted(column: pa.Array) -> tuple[Numbers, Numbers]:
    counted = pc.value_counts(column.drop_null())
    values = counted.field("values").to_numpy(zero_copy_only=False)
    order = np.argsort(values)
    return values[order], counted.field("counts").to_numpy()[order]


def _is_nines(value: Any) -> bool:
    return re.fullmatch(r"-?9{2,}(\.9*)?", f"{value:.12g}") is not None


def _is_far_nines(values: Numbers, counts: Numbers, place: int, low: int, high: int) -> bool:
    """Return whether nines stand as far from the other numbers as these reach, or have rows as no other has."""
    span = float(values[high - 1]) - float(values[low])
    gap = float(values[low]) - float(values[place]) if place < low else float(values[place]) - float(values[high - 1])
    is_short = abs(values[place]) < 100  # noqa: PLR2004  # 99 may well be an age
    if gap >= (2 * span if is_short else span) and gap > 1:
        return True
    return bool(not is_short and gap >= span / 5 and counts[place] >= 5 * counts[low:high].mean())


def _stands_apart(values: Numbers, counts: Numbers, place: int, rest: Numbers) -> bool:
    """Return whether an end of the values is three times as far from the others as these reach, or negative alone."""
    others = values[rest[rest != place]]
    smallest, largest = float(others.min()), float(others.max())
    value = float(values[place])
    gap = max(smallest - value, value - largest)
    if gap >= 3 * (largest - smallest) and gap > 1:
        return True
    if value >= 0 or smallest < 0 or value != round(value):
        return False
    if value == -1:
        is_crowded = counts[place] >= 2 * counts[rest[rest != place]].max()
        return bool(is_crowded and len(others) >= _LEAST_OF_COUNTS)
    return value <= _FIRST_ROUND and abs(value) / 10 ** int(np.log10(-value)) in range(1, 10)
