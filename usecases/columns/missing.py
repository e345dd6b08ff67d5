"""Which values stand for none: the words that always do, and those that the contract of a column declares."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.number_texts import NUMBER, number_of
from usecases.columns.texts import Mask, blanked, nowhere, true_where

WORDS = ("", "nan", "null", "none", "na", "n/a", "#n/a", "<na>", "nat", "(null)", r"\n")
"""Texts that stand for a missing number, boolean or time, in any case and with any spaces around.

A category or key is missing only if nothing but spaces is there: `NA` may be a country.
"""

MISSING_WORDS = pa.array(WORDS)

_WORDS = frozenset(WORDS)


def is_word(text: str) -> bool:
    """Return whether a text always stands for a missing number, boolean or time.

    >>> [is_word(text) for text in (" NaN", "#N/A", "?", "0")]
    [True, True, False, False]
    """
    return text.strip().lower() in _WORDS


def without_words(texts: pa.Array, *, lower: bool = True) -> pa.Array:
    """Trim texts, and blank those that stand for a missing value."""
    trimmed = pc.utf8_trim_whitespace(texts)
    lowered = pc.utf8_lower(trimmed)
    kept = pc.invert(pc.is_in(lowered, value_set=MISSING_WORDS))
    return pc.if_else(kept, lowered if lower else trimmed, pa.scalar(None, pa.string()))


def is_declared(declared: tuple[str, ...], value: Any, *, decimal_comma: bool = False) -> bool:
    """Return whether one value is among those that a contract declares missing; numbers are compared as numbers.

    >>> is_declared(("-200", "?"), -200.0), is_declared(("-200", "?"), " ? "), is_declared(("-200", "?"), "-20")
    (True, True, False)
    >>> is_declared(("-999.9",), -999.9000244140625), is_declared(("-999.9",), -999.91)
    (True, False)
    """
    if type(value) is str:
        text = value.strip()
        if text in _texts(declared) or _shortest_time(text) in _times(declared):
            return True
        value = number_of(text, decimal_comma=decimal_comma)
    return type(value) in {int, float} and value in _numbers(declared, decimal_comma)


def where_declared(declared: tuple[str, ...], column: pa.Array, *, decimal_comma: bool = False) -> Mask:
    """Return where a column holds what its contract declares missing."""
    kind, types = column.type, pa.types
    numbers = pa.array(_numbers(declared, decimal_comma), pa.float64())
    if types.is_string(kind):
        return _where_text(declared, pc.utf8_trim_whitespace(column), numbers)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return true_where(pc.is_in(column.cast(pa.float64(), safe=False), value_set=numbers))
    if types.is_timestamp(kind) or types.is_date(kind):
        found = true_where(pc.is_in(column, value_set=_moments(declared, kind)))
        if types.is_timestamp(kind) and kind.tz not in {None, "UTC"}:  # as the clocks of its zone show it
            on_clocks = on_own_clocks(column)
            found |= true_where(pc.is_in(on_clocks, value_set=_moments(declared, on_clocks.type)))
        return found
    return nowhere(column)


def on_own_clocks(column: pa.Array) -> pa.Array:
    """Return times with a zone as its clocks show them; as they are where Arrow does not know the zone, such as `GMT+1`.

    >>> on_own_clocks(pa.array([0], pa.timestamp("s", "Europe/Berlin"))).cast(pa.string()).to_pylist()
    ['1970-01-01 01:00:00']
    """
    try:
        return pc.local_timestamp(column)
    except pa.ArrowInvalid:
        return column


def _where_text(declared: tuple[str, ...], trimmed: pa.Array, numbers: pa.Array) -> Mask:
    found = true_where(pc.is_in(trimmed, value_set=pa.array(_texts(declared), pa.string())))
    if len(numbers):
        formed = true_where(pc.match_substring_regex(trimmed, NUMBER))
        found |= true_where(pc.is_in(blanked(trimmed, ~formed).cast(pa.float64()), value_set=numbers))
    if _times(declared):
        shortest = trimmed
        for pattern, written in _SHORTER:
            shortest = pc.replace_substring_regex(shortest, pattern, written)
        found |= true_where(pc.is_in(shortest, value_set=pa.array(_times(declared), pa.string())))
    return found


_SHORTER = (
    (r"^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:\.0*)?(?: ?(?:Z|UTC|[+-]\d\d(?::?\d\d)?))?$", r"\1 \2\3"),
    (r"^(\d{4}-\d\d-\d\d) 00:00(?::00)?$", r"\1"),
    (r"^(\d{4}-\d\d-\d\d \d\d:\d\d):00$", r"\1"),
)
"""Rewrites that leave a time as short as it can be written, as clocks show it: a marker such as 9999-12-31 may be in no calendar."""


def _shortest_time(text: str) -> str:
    for pattern, written in _SHORTER:
        text = re.sub(pattern, written, text, flags=re.ASCII)
    return text


@lru_cache
def _texts(declared: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text.strip() for text in declared)


@lru_cache
def _times(declared: tuple[str, ...]) -> tuple[str, ...]:
    shortest = (form for text in _texts(declared) for form in (text, _shortest_time(text)))
    return tuple(text for text in dict.fromkeys(shortest) if re.match(r"\d{4}-\d\d-\d\d", text, re.ASCII))


@lru_cache
def _numbers(declared: tuple[str, ...], decimal_comma: bool) -> tuple[float, ...]:  # noqa: FBT001  # part of the key
    read = (number_of(text, decimal_comma=decimal_comma) for text in _texts(declared))
    found = [float(number) for number in read if number is not None]
    # What 32 bits keep of -999.9, and how programs write that: it stands for the same.
    with np.errstate(over="ignore"):
        singles = [single for single in map(float, np.array(found, np.float32)) if isfinite(single)]
    written = (float(f"{single:{form}}") for single in singles for form in (".9g", ".6f"))
    return tuple(dict.fromkeys([*found, *singles, *written]))


@lru_cache
def _moments(declared: tuple[str, ...], kind: pa.DataType) -> pa.Array:
    """Return the declared times in the type of a column, without those that it cannot hold."""
    found = []
    for text in _times(declared):
        with contextlib.suppress(ValueError, pa.ArrowInvalid):
            moment = datetime.fromisoformat(text)
            utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            found.append(pa.array([utc], pa.timestamp("us", "UTC")).cast(kind))
    return pa.concat_arrays(found) if found else pa.array([], kind)
