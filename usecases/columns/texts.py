"""How categories and keys are written: one reading of a single value and of a column.

The spaces around a text belong to nobody, nor does the apostrophe that our own downloads put before what a spreadsheet would
run as a formula. Letters with a mark are the same whether they are written in one character or, as macOS does, in two. A number
is as good as the text that writes it: a program that reads the file makes numbers of codes, and of a column with gaps it
makes floats.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
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

SHORTENED = r"^\d([.,]\d{1,16})?[eE]\+\d{2,3}$"
"""1.23457E+12, as spreadsheets write the number of an account of thirteen digits into a CSV file: the others are lost."""

_GUARDED = (r"^'([=+@\t\r-])", r"\1")
"""Takes the apostrophe away that a download has before =, +, - or @; Excel shows none where it reads one."""

_FORMULA = (r'^="([^"]*)"$', r"\1")
"""Takes away what programs put around a text so that Excel, which opens their file, makes no number of it: ="007"."""

_UNSEEN = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff" + "".join(
    sign for sign in map(chr, range(0x3001)) if sign.isspace()
)
"""Spaces, and signs without width, as pages, chats and lists of characters from right to left put them around a text."""

_MAY_BE_PARTED = r"[^\x{0}-\x{2FF}]"
"""Characters up to here, which most texts of Europe are made of, are composed as they are."""

EXACT = 2**53
"""Whole numbers up to here are exact as floats."""

_EXACT_BY_BITS = {64: EXACT, 32: 2**24, 16: 2**11}
"""Beyond, two numbers of something are one in so many bits."""


@lru_cache
def spellings(allowed: tuple[str, ...]) -> dict[str, str]:
    """Return the allowed values of a category by how they may be written; what could be two of them is none.

    >>> spellings((" L", "01"))
    {' L': ' L', '01': '01', 'L': ' L', '1': '01'}
    """
    found = {value: value for value in allowed}
    for shorten in (str.strip, plain_text, plain_number):
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


def meant_by(known: Mapping[str, str], text: str) -> str | None:
    """Return the allowed value that a text is but for how it is written, by :func:`spellings`; none if it is another."""
    return known.get(plain_text(text)) or known.get(plain_number(text))


def plain_key(text: str) -> str | None:
    """Write the name of a row as :func:`read_keys` writes a column of them; none where nothing is left of it.

    >>> plain_key("1000.0"), plain_key(" '-M1"), plain_key(" ")
    ('1000', '-M1', None)
    """
    return re.sub(*WHOLE_FLOAT, plain_text(text), flags=re.ASCII) or None


def is_shortened(text: str) -> bool:
    """Return whether a text is a number without its last digits.

    >>> is_shortened("4.12346E+12"), is_shortened("4,12E+12"), is_shortened("12E34")
    (True, True, False)
    """
    return re.fullmatch(SHORTENED, text, re.ASCII) is not None


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
        for texts in (trimmed, plain_texts(blanked(trimmed, ~others)), pc.if_else(pc.equal(plain, "-0"), "0", plain)):
            places = pc.coalesce(places, pc.index_in(texts, value_set=written))
        column = blanked(trimmed, true_where(pc.equal(trimmed, "")))
    return pc.coalesce(meant.take(places), column), nowhere(column)


def read_keys(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read a column as names of rows, and return a mask of what is unfit: no whole number, too long, or shortened."""
    bad = nowhere(column)
    if pa.types.is_floating(column.type):
        exact = _EXACT_BY_BITS[column.type.bit_width]
        column = column.cast(pa.float64())
        whole = _is_whole(column, exact)
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
    trimmed = column if is_plain else _composed(pc.utf8_trim_whitespace(column))
    if not is_plain and pc.any(pc.match_substring_regex(trimmed, "^('|=\")")).as_py():
        trimmed = _unguarded(trimmed)
    if _PLUS in _bytes_of(column):
        bad = bad | true_where(pc.match_substring_regex(trimmed, SHORTENED))
    if pc.any(pc.ends_with(trimmed, ".0")).as_py():
        trimmed = pc.replace_substring_regex(trimmed, *WHOLE_FLOAT)
    trimmed = blanked(trimmed, true_where(pc.equal(trimmed, "")))
    if is_plain and (pc.max(pc.binary_length(trimmed)).as_py() or 0) <= MAX_TEXT_LENGTH:
        return trimmed, bad
    # PostgreSQL has no text with a NUL character, and its index no room for a novel.
    unfit = pc.or_(pc.greater(pc.utf8_length(trimmed), MAX_TEXT_LENGTH), pc.match_substring(trimmed, "\0"))
    return trimmed, bad | true_where(unfit)


_APOSTROPHE, _PLUS, _DELETE = 0x27, 0x2B, 0x7F

_FIRST_BEYOND = 0xCC
"""First byte of the characters beyond those, in UTF-8."""


def _is_plain(texts: pa.Array) -> bool:
    """Return whether a look at the bytes of all texts at once, forty times as fast, shows none that a rule is about.

    That is where each is a printing character of ASCII past the apostrophe: none to trim, none guarded, none of several bytes,
    no NUL.
    """
    used = _bytes_of(texts)
    return not len(used) or bool(used.min() > _APOSTROPHE and used.max() < _DELETE)


def _bytes_of(texts: pa.Array) -> np.ndarray[Any, np.dtype[np.uint8]]:
    offsets, content = texts.buffers()[1:]
    if not len(texts) or content is None:
        return np.empty(0, np.uint8)
    first, last = np.frombuffer(offsets, np.int32)[[texts.offset, texts.offset + len(texts)]]
    return np.frombuffer(content, np.uint8)[first:last]


def plain_text(text: str) -> str:
    """Write a text without spaces and signs of no width around, with composed letters, and without the apostrophe of a download.

    >>> plain_text(" Gru\u0308n"), plain_text("'-M1"), plain_text("'n"), plain_text("M-1\u200b "), plain_text('="007"')
    ('Grün', '-M1', "'n", 'M-1', '007')
    """
    text = text.strip()
    if not text.isascii():
        text = _whole(text)
    if text.startswith('="'):
        text = re.sub(*_FORMULA, text)
    return re.sub(*_GUARDED, text) if text.startswith("'") else text


def plain_texts(trimmed: pa.Array) -> pa.Array:
    """Write a column of texts as :func:`plain_text` writes one."""
    return _unguarded(_composed(trimmed))


def _unguarded(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(pc.replace_substring_regex(texts, *_FORMULA), *_GUARDED)


def _composed(texts: pa.Array) -> pa.Array:
    """Write letters with a mark as one character, and nothing unseen around, one different text after the other: Arrow 25 does neither."""
    used = _bytes_of(texts)
    if not len(used) or used.max() < _FIRST_BEYOND:
        return texts
    parted = true_where(pc.match_substring_regex(texts, _MAY_BE_PARTED))
    found = texts.filter(pa.array(parted)).dictionary_encode()
    whole = pa.array([_whole(text) for text in found.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(texts, pa.array(parted), whole.take(found.indices))


def _whole(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip(_UNSEEN))


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
    whole = _is_whole(wide, _EXACT_BY_BITS[column.type.bit_width])
    return pc.coalesce(_whole_texts(wide, whole), blanked(texts, true_where(pc.is_nan(column))))


def _is_whole(column: pa.Array, exact: int) -> pa.Array:
    return pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), float(exact)))


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
