"""How categories and keys are written: one reading of a single value and of a column.

The spaces around a text belong to nobody. A number is as good as the text that writes it: a program that reads the file
makes numbers of codes, and of a column with gaps it makes floats.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import isnan
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MAX_TEXT_LENGTH = 1_000
"""Longest text of a category or key; longer values are refused before they reach an index."""

_PLAIN_NUMBER = (r"^(-?)0*(\d+)(?:\.0*|(\.\d*[1-9])0*)?$", r"\1\2\3")
"""Writes a number without zeros that say nothing: 007.50 as 7.5."""

WHOLE_FLOAT = (r"^(-?[1-9]\d{0,15}|0)\.0$", r"\1")
"""Writes 1000.0, as programs write whole numbers of a column that once had gaps, as the 1000 that it was."""

EXACT = 2**53
"""Whole numbers up to here are exact as floats."""


@lru_cache
def spellings(allowed: tuple[str, ...]) -> dict[str, str]:
    """Return the allowed values of a category by how they may be written; what could be two of them is none.

    >>> spellings((" L", "01"))
    {' L': ' L', '01': '01', 'L': ' L', '1': '01'}
    """
    found = {value: value for value in allowed}
    for shorten in (str.strip, plain_number):
        shortened: dict[str, set[str]] = {}
        for value in allowed:
            shortened.setdefault(shorten(value.strip()), set()).add(value)
        found |= {text: values.pop() for text, values in shortened.items() if len(values) == 1 and text not in found}
    found.pop("", None)
    return found


def text_of(value: Any) -> str | None:
    """Write a JSON value as a cell of a file; NaN, a missing value to everybody, as an empty one.

    >>> [text_of(value) for value in ("L", 3.0, 2.5, True, float("nan"), None)]
    ['L', '3', '2.5', 'True', '', None]
    """
    if value is None or isinstance(value, str):
        return value
    return "" if isinstance(value, float) and isnan(value) else plain_number(repr(value))


def read_categories(allowed: tuple[str, ...], column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read a column as allowed values, and leave a text that is none as it is; a mask tells what is no text at all."""
    if _is_number(column.type):
        column = number_texts(column)
    if not pa.types.is_string(column.type):
        return unreadable(column, pa.string())
    if pc.is_in(column, value_set=pa.array(allowed, pa.string())).true_count == len(column) - column.null_count:
        return column, nowhere(column)
    known = spellings(allowed)
    written, meant = pa.array(known.keys(), pa.string()), pa.array(known.values(), pa.string())
    places = pc.index_in(column, value_set=written)
    others = true_where(pc.is_valid(column)) & true_where(pc.is_null(places))
    if others.any():
        trimmed = pc.utf8_trim_whitespace(column)
        plain = pc.replace_substring_regex(blanked(trimmed, ~others), *_PLAIN_NUMBER)
        for texts in (trimmed, pc.if_else(pc.equal(plain, "-0"), "0", plain)):
            places = pc.coalesce(places, pc.index_in(texts, value_set=written))
        column = blanked(trimmed, true_where(pc.equal(trimmed, "")))
    return pc.coalesce(meant.take(places), column), nowhere(column)


def read_keys(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read a column as names of rows; null where one is missing or unfit, and a mask of the unfit."""
    bad = nowhere(column)
    if pa.types.is_floating(column.type):
        column = column.cast(pa.float64())
        whole = _is_whole(column)
        bad = true_where(pc.is_valid(column)) & ~true_where(whole) & ~true_where(pc.is_nan(column))
        column = _whole_texts(column, whole)
    elif pa.types.is_decimal(column.type):
        texts = column.cast(pa.string())
        column = pc.replace_substring_regex(texts, r"^(-?\d+)\.0+$", r"\1")
        bad = true_where(pc.match_substring_regex(column, r"[^-\d]"))
    elif pa.types.is_integer(column.type):
        column = column.cast(pa.string())
    elif not pa.types.is_string(column.type):
        return unreadable(column, pa.string())
    is_plain = _is_plain(column)
    trimmed = column if is_plain else pc.utf8_trim_whitespace(column)
    if pc.any(pc.ends_with(trimmed, ".0")).as_py():
        trimmed = pc.replace_substring_regex(trimmed, *WHOLE_FLOAT)
    trimmed = blanked(trimmed, true_where(pc.equal(trimmed, "")))
    if is_plain and (pc.max(pc.binary_length(trimmed)).as_py() or 0) <= MAX_TEXT_LENGTH:
        return trimmed, bad
    # PostgreSQL has no text with a NUL character, and its index no room for a novel.
    unfit = pc.or_(pc.greater(pc.utf8_length(trimmed), MAX_TEXT_LENGTH), pc.match_substring(trimmed, "\0"))
    return trimmed, bad | true_where(unfit)


_SPACE, _DELETE = 0x20, 0x7F


def _is_plain(texts: pa.Array) -> bool:
    """Return whether a look at the bytes of all texts at once, forty times as fast, shows none that a rule is about.

    That is where each is a printing character of ASCII: none to trim, none of several bytes, no NUL.
    """
    offsets, content = texts.buffers()[1:]
    if not len(texts) or content is None:
        return True
    first, last = np.frombuffer(offsets, np.int32)[[texts.offset, texts.offset + len(texts)]]
    used = np.frombuffer(content, np.uint8)[first:last]
    return not len(used) or bool(used.min() > _SPACE and used.max() < _DELETE)


def plain_number(text: str) -> str:
    """Write a number without zeros that say nothing; any other text stays what it is."""
    plain = re.sub(*_PLAIN_NUMBER, text, flags=re.ASCII)
    return "0" if plain == "-0" else plain


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def number_texts(column: pa.Array) -> pa.Array:
    """Write numbers as texts, whole ones with all of their digits; NaN is none.

    >>> number_texts(pa.array([12345678901.0, 2.5, float("nan")])).to_pylist()
    ['12345678901', '2.5', None]
    """
    texts = column.cast(pa.string())
    if not pa.types.is_floating(column.type):
        return texts
    # As a float, a code of eleven digits is written 1.2345678901e+10.
    wide = column.cast(pa.float64())
    whole = _is_whole(wide)
    return pc.coalesce(_whole_texts(wide, whole), blanked(texts, true_where(pc.is_nan(column))))


def _is_whole(column: pa.Array) -> pa.Array:
    return pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), float(EXACT)))


def _whole_texts(column: pa.Array, whole: pa.Array) -> pa.Array:
    return blanked(column, ~true_where(whole)).cast(pa.int64()).cast(pa.string())


Mask = np.ndarray[Any, np.dtype[np.bool_]]


def true_where(mask: pa.Array) -> Mask:
    """Return a mask as NumPy has it; where it says nothing it is false."""
    result: Mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)  # noqa: FBT003  # pyarrow takes no keyword
    return result


def nowhere(column: pa.Array) -> Mask:
    """Return a mask that is false everywhere."""
    return np.zeros(len(column), dtype=np.bool_)


def blanked(column: pa.Array, where: Mask) -> pa.Array:
    """Return a column that is null where the mask is true, and elsewhere what it was."""
    return pc.if_else(pa.array(where), pa.scalar(None, column.type), column) if where.any() else column


def unreadable(column: pa.Array, wanted: pa.DataType) -> tuple[pa.Array, Mask]:
    """Call a column of the wrong kind unreadable, except where it is missing anyway."""
    present = pc.is_valid(column)
    if pa.types.is_floating(column.type):
        present = pc.and_(present, pc.invert(pc.is_nan(column)))
    return pa.nulls(len(column), wanted), true_where(present)
