"""Days whose day comes before the month, with points between them, as offices write them: 31.12.2026."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.texts import Mask, true_where

_DAY_FIRST = r"^\s*(\d\d)\.(\d\d)\.(\d{4})( \d\d:\d\d(:\d\d)?)?\s*$"
_PADDED = ((r"^\s*(\d)\.", r"0\1."), (r"^(\d\d)\.(\d)\.", r"\1.0\2."), (r" (\d:)", r" 0\1"))
"""A zero before what has one digit: 1.3.2026 9:05 is 01.03.2026 09:05."""

F = TypeVar("F")

Reader = Callable[[Any], Any]
"""Reads a value of JSON."""

_POINTS = 2
"""Points in every such text; programs write none, or one before parts of a second."""


def are_days_first(texts: pa.Array) -> Mask:
    """Return which texts are such days, or times of such days.

    >>> are_days_first(pa.array(["31.12.2026", "1.3.2026 9:05", "12.31", None])).tolist()
    [True, True, False, False]
    """
    return true_where(pc.match_substring_regex(_padded(texts), _DAY_FIRST))


def plain_days(texts: pa.Array) -> pa.Array:
    """Write days whose day comes before the month as programs do; what is no such day, or no text, stays as it is.

    >>> plain_days(pa.array(["31.12.2026", "1.3.2026 9:05", "2026-12-31"])).to_pylist()
    ['2026-12-31', '2026-03-01 09:05', '2026-12-31']
    """
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        return texts
    padded = _padded(texts)
    is_one = pa.array(true_where(pc.match_substring_regex(padded, _DAY_FIRST)))
    return pc.if_else(is_one, pc.replace_substring_regex(padded, _DAY_FIRST, r"\3-\2-\1\4"), texts)


def plain_day(text: str) -> str:
    """Write one such day as programs do, just as :func:`plain_days` does.

    >>> plain_day(" 1.3.2026"), plain_day("2026-03-01T09:05:00.5Z")
    ('2026-03-01', '2026-03-01T09:05:00.5Z')
    """
    if text.count(".") < _POINTS:
        return text
    try:
        return str(plain_days(pa.array([text], pa.string()))[0])
    except UnicodeEncodeError:  # half a character
        return text


def after_plain_days(reader_of: Callable[[F], Reader | None]) -> Callable[[F], Reader | None]:
    """Have the readers of features that are `day_first` get such days as programs write them, as a column of a file is read."""

    @wraps(reader_of)
    def made(feature: F) -> Reader | None:
        read = reader_of(feature)
        if read is None or not getattr(feature, "day_first", False):
            return read
        return lambda value: read(plain_day(value) if type(value) is str else value)

    return made


def _padded(texts: pa.Array) -> pa.Array:
    for pattern, replacement in _PADDED:
        texts = pc.replace_substring_regex(texts, pattern, replacement)
    return texts
