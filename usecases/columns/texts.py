"""How categories and keys are written: one reading of a single value and of a column.

The spaces around a text belong to nobody. A number is as good as the text that writes it: a program that reads the file
makes numbers of codes, and of a column with gaps it makes floats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import isnan
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.arrays import Mask, blanked, nowhere, true_where, unreadable
from usecases.columns.features import MAX_TEXT_LENGTH, CategoryFeature

_PLAIN_NUMBER = (r"^(-?)0*(\d+)(?:\.0*|(\.\d*[1-9])0*)?$", r"\1\2\3")
"""Writes a number without zeros that say nothing: 007.50 as 7.5."""

_WHOLE_FLOAT = (r"^(-?[1-9]\d{0,15}|0)\.0$", r"\1")
"""Writes 1000.0, as programs write whole numbers of a column that once had gaps, as the 1000 that it was."""

_EXACT = 2**53
"""Whole numbers up to here are exact as floats."""


@lru_cache
def spellings(feature: CategoryFeature) -> dict[str, str]:
    """Return the allowed values of a category by how they may be written; what could be two of them is none.

    >>> spellings(CategoryFeature(name="c", type="category", values=(" L", "01")))
    {' L': ' L', '01': '01', 'L': ' L', '1': '01'}
    """
    found = {value: value for value in feature.values}
    for shorten in (str.strip, _plain_number):
        shortened: dict[str, set[str]] = {}
        for value in feature.values:
            shortened.setdefault(shorten(value.strip()), set()).add(value)
        found |= {text: values.pop() for text, values in shortened.items() if len(values) == 1 and text not in found}
    found.pop("", None)
    return found


def category_of(feature: CategoryFeature, value: Any) -> Any:
    """Read one value as an allowed one or, where it is missing, as None; what is neither stays what it is.

    >>> feature = CategoryFeature(name="c", type="category", values=("L", "3"))
    >>> [category_of(feature, value) for value in ("L", " L ", 3, 3.0, "3.0", " ", "M", True)]
    ['L', 'L', '3', '3', '3', None, 'M', True]
    """
    return category_in(spellings(feature), value)


def category_in(known: Mapping[str, str], value: Any) -> Any:
    """Read one value likewise, by the spellings of the allowed ones: to find them takes longer than to use them."""
    if type(value) is str and value in known:
        return known[value]
    if type(value) not in {str, int, float}:
        return value
    text = text_of(value) or ""
    if text not in known:
        text = text.strip()
    return known.get(text) or known.get(_plain_number(text)) or (value if text else None)


def text_of(value: Any) -> str | None:
    """Write a JSON value as a cell of a file; NaN, a missing value to everybody, as an empty one.

    >>> [text_of(value) for value in ("L", 3.0, 2.5, True, float("nan"), None)]
    ['L', '3', '2.5', 'True', '', None]
    """
    if value is None or isinstance(value, str):
        return value
    return "" if isinstance(value, float) and isnan(value) else _plain_number(repr(value))


def read_categories(feature: CategoryFeature, column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read a column as allowed values, and leave a text that is none as it is; a mask tells what is no text at all."""
    if _is_number(column.type):
        column = _number_texts(column)
    if not pa.types.is_string(column.type):
        return unreadable(column, pa.string())
    known = spellings(feature)
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


def key_of(value: Any) -> Any:
    """Read one value as the name of a row or, where it is missing, as None; what can be no name stays what it is.

    >>> [key_of(value) for value in (" M-1 ", 1000, 1000.0, "1000.0", 12345678901234567890, "", 1.5)]
    ['M-1', '1000', '1000', '1000', '12345678901234567890', None, 1.5]
    """
    if type(value) is int:
        return str(value)
    if type(value) is float:
        if isnan(value):
            return None
        return str(int(value)) if abs(value) < _EXACT and value.is_integer() else value
    if type(value) is not str:
        return value
    text = value.strip()
    return re.sub(*_WHOLE_FLOAT, text, flags=re.ASCII) if text.endswith(".0") else text or None


def read_keys(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read a column as names of rows; null where one is missing or unfit, and a mask of the unfit."""
    bad = nowhere(column)
    if pa.types.is_floating(column.type):
        column = column.cast(pa.float64())
        whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), float(_EXACT)))
        bad = true_where(pc.is_valid(column)) & ~true_where(whole) & ~true_where(pc.is_nan(column))
        column = blanked(column, ~true_where(whole)).cast(pa.int64()).cast(pa.string())
    elif pa.types.is_decimal(column.type):
        texts = column.cast(pa.string())
        column = pc.replace_substring_regex(texts, r"^(-?\d+)\.0+$", r"\1")
        bad = true_where(pc.match_substring_regex(column, r"[^-\d]"))
    elif pa.types.is_integer(column.type):
        column = column.cast(pa.string())
    elif not pa.types.is_string(column.type):
        return unreadable(column, pa.string())
    trimmed = pc.utf8_trim_whitespace(column)
    if pc.any(pc.ends_with(trimmed, ".0")).as_py():
        trimmed = pc.replace_substring_regex(trimmed, *_WHOLE_FLOAT)
    # PostgreSQL has no text with a NUL character, and its index no room for a novel.
    unfit = pc.or_(pc.greater(pc.utf8_length(trimmed), MAX_TEXT_LENGTH), pc.match_substring(trimmed, "\0"))
    return blanked(trimmed, true_where(pc.equal(trimmed, ""))), bad | true_where(unfit)


def _plain_number(text: str) -> str:
    plain = re.sub(*_PLAIN_NUMBER, text, flags=re.ASCII)
    return "0" if plain == "-0" else plain


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _number_texts(column: pa.Array) -> pa.Array:
    texts = column.cast(pa.string())
    return blanked(texts, true_where(pc.is_nan(column))) if pa.types.is_floating(column.type) else texts
