"""From what a file holds to the types of the contract, a column at a time; what does not fit is marked, not guessed.

A cell's verdict never depends on the cells beside it, whichever of Arrow's quick ways reads the column: what those
accept beyond the contract (`0x1F`, `nan(1)`) is taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.features import (
    MAX_TEXT_LENGTH,
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.columns.timestamps import HIGHEST, LOWEST, MICROSECONDS_A_DAY, TIMESTAMP_PATTERN

Mask = np.ndarray[Any, np.dtype[np.bool_]]

MISSING_WORDS = pa.array(["", "nan", "null", "none", "na", "n/a"])
"""Texts that stand for a missing number, boolean or time, whatever their case; a category is missing only if empty."""

_TRUE, _FALSE = pa.array(["true", "1", "yes"]), pa.array(["false", "0", "no"])
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_UNITS_A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_INTEGER = 19
"""Digits of 2**63; Arrow's decimals, which check the range exactly, hold twice as many."""


def cast(feature: Feature, column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read a raw column as a feature.

    Parameters
    ----------
    feature
        What the column should hold.
    column
        Texts (from CSV) or typed values (from Parquet, Arrow, JSON).

    Returns
    -------
    tuple
        The typed column, null where a value is missing or unreadable, and a mask of the unreadable ones.
        Categories stay texts; whether they are allowed is for the schema to say.
    """
    column, undecodable = _plain(column)
    match feature:
        case FloatFeature(decimal_comma=True) if pa.types.is_string(column.type):
            column, ambiguous = _with_points(column)
            typed, bad = _floats(column)
            bad |= ambiguous
        case FloatFeature():
            typed, bad = _floats(column)
        case IntegerFeature():
            typed, bad = _integers(column)
        case CategoryFeature():
            typed, bad = _texts(column)
        case BooleanFeature():
            typed, bad = _booleans(column)
        case TimestampFeature():
            typed, bad = _timestamps(column)
    return typed, bad | undecodable


def cast_key(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read the key as text; a whole number is as good a name as a text."""
    column, undecodable = _plain(column)
    if pa.types.is_integer(column.type):
        return column.cast(pa.string()), undecodable
    texts, bad = _texts(column)
    # PostgreSQL has no text with a NUL character, and its index no room for a novel.
    unfit = pc.or_(pc.greater(pc.utf8_length(texts), MAX_TEXT_LENGTH), pc.match_substring(texts, "\0"))
    return texts, bad | undecodable | _true(unfit)


def _plain(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Undo how a file format wraps values, so that one layout of texts is left; mark bytes that are no UTF-8."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_null(column.type):
        column = column.cast(pa.string())
    if not _is_texts_or_bytes(column.type):
        return column, _nowhere(column)
    try:
        texts = column.cast(pa.string())
        texts.validate(full=True)
    except pa.ArrowInvalid:
        decoded = [_decoded(value) for value in column.cast(pa.large_binary()).to_pylist()]
        texts = pa.array(decoded, pa.string())
        return texts, _true(pc.is_null(texts)) & _true(pc.is_valid(column))
    return texts, _nowhere(texts)


def _is_texts_or_bytes(kind: pa.DataType) -> bool:
    wrapped = (pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary, pa.types.is_large_binary)
    more = (pa.types.is_string, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    return any(is_it(kind) for is_it in (*wrapped, *more))


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _texts(column: pa.Array) -> tuple[pa.Array, Mask]:
    if not pa.types.is_string(column.type):
        return _none_of_it(column, pa.string())
    return _blank(column, _true(pc.equal(column, ""))), _nowhere(column)


def _floats(column: pa.Array) -> tuple[pa.Array, Mask]:
    bad = _nowhere(column)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())  # parsing rounds to the nearest float, as JSON does; a cast need not
    if pa.types.is_string(column.type):
        column, bad = _numbers_of(column)
    elif pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        column = column.cast(pa.float64(), safe=False)
    else:
        return _none_of_it(column, pa.float64())
    # NaN is a missing value to everyone who makes files; infinity is no measure of anything.
    bad = bad | _true(pc.is_inf(column))
    return _blank(column, ~_true(pc.is_finite(column))), bad


def _with_points(texts: pa.Array) -> tuple[pa.Array, Mask]:
    """Write 1.234,5 as 1234.5, and mark what could be either: one point and three digits, with no comma to tell.

    A point as decimal sign stays one, since a program that repairs a row writes numbers that way.
    """
    ambiguous = _true(pc.match_substring_regex(texts, r"^\s*[+-]?\d{1,3}\.\d{3}\s*$"))
    with_comma = pc.match_substring_regex(texts, r"^\s*[+-]?(\d{1,3}(\.\d{3})+|\d*)(,\d*)([eE][+-]?\d+)?\s*$")
    grouped = pc.match_substring_regex(texts, r"^\s*[+-]?\d{1,3}(\.\d{3}){2,}\s*$")
    plain = pc.replace_substring(pc.replace_substring(texts, ".", ""), ",", ".")
    return pc.if_else(pc.or_(with_comma, grouped), plain, _blank(texts, ambiguous)), ambiguous


def _numbers_of(texts: pa.Array) -> tuple[pa.Array, Mask]:
    """Read texts as floats: all at once where Arrow can, else only those of the right form."""
    try:
        numbers = pc.cast(texts, pa.float64())
        if not pc.any(pc.is_nan(numbers)).as_py():
            return numbers, _nowhere(texts)
    except pa.ArrowInvalid:
        pass
    return _by_form(texts, r"^-?\d+\.?\d*$", pa.float64(), _numbers_of_any_form)


def _numbers_of_any_form(texts: pa.Array) -> tuple[pa.Array, Mask]:
    texts = _without_missing(texts)
    formed = _true(pc.match_substring_regex(texts, _NUMBER))
    return pc.cast(_blank(texts, ~formed), pa.float64()), _true(pc.is_valid(texts)) & ~formed


def _by_form(
    texts: pa.Array, pattern: str, wanted: pa.DataType, read_others: Callable[[pa.Array], tuple[pa.Array, Mask]]
) -> tuple[pa.Array, Mask]:
    """Read the usual form with a cast and spend time only on the others, of which there are mostly few."""
    others = _true(pc.is_valid(texts)) & ~_true(pc.match_substring_regex(texts, pattern))
    numbers, bad = pc.cast(_blank(texts, others), wanted), _nowhere(texts)
    if others.any():
        replacements, bad[others] = read_others(texts.filter(pa.array(others)))
        numbers = pc.replace_with_mask(numbers, pa.array(others), replacements)
    return numbers, bad


def _integers(column: pa.Array) -> tuple[pa.Array, Mask]:
    if pa.types.is_unsigned_integer(column.type):  # the widest of them reaches twice as far as is allowed
        too_large = _true(pc.greater(column.cast(pa.uint64()), pa.scalar(2**63 - 1, pa.uint64())))
        return _blank(column, too_large).cast(pa.int64()), too_large
    if pa.types.is_integer(column.type):
        return column.cast(pa.int64()), _nowhere(column)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())
    if not pa.types.is_string(column.type):
        return _whole(*_floats(column))
    try:
        numbers = pc.cast(column, pa.int64())
        if not pc.any(pc.match_substring_regex(column, "[xX]")).as_py():
            return numbers, _nowhere(column)
    except pa.ArrowInvalid:
        pass
    return _by_form(column, r"^-?\d{1,18}$", pa.int64(), _integers_of_any_form)


def _integers_of_any_form(texts: pa.Array) -> tuple[pa.Array, Mask]:
    """Read digits exactly, and `3.0` and `3e2` by way of a float, as JSON does."""
    texts = _without_missing(texts)
    digits = _true(pc.match_substring_regex(texts, r"^[+-]?\d+$"))
    rest, bad = _whole(*_floats(_blank(texts, digits)))
    bare = pc.replace_substring_regex(_blank(texts, ~digits), r"^\+?(-?)0*(\d)", r"\1\2")
    long = _true(pc.greater(pc.utf8_length(pc.utf8_ltrim(bare, "-")), _LONGEST_INTEGER))
    exact = _blank(bare, long).cast(pa.decimal128(38, 0))
    outside = _true(
        pc.or_(pc.less(exact, pa.scalar(-(2**63), exact.type)), pc.greater(exact, pa.scalar(2**63 - 1, exact.type)))
    )
    return pc.coalesce(_blank(exact, outside).cast(pa.int64()), rest), bad | long | outside


def _whole(floats: pa.Array, bad: Mask) -> tuple[pa.Array, Mask]:
    fits = pc.and_(pc.greater_equal(floats, -(2.0**63)), pc.less(floats, 2.0**63))
    whole = _true(pc.and_(pc.equal(pc.floor(floats), floats), fits))
    return _blank(floats, ~whole).cast(pa.int64()), bad | (_true(pc.is_valid(floats)) & ~whole)


def _booleans(column: pa.Array) -> tuple[pa.Array, Mask]:
    if pa.types.is_boolean(column.type):
        return column, _nowhere(column)
    if not pa.types.is_string(column.type):
        return _none_of_it(column, pa.bool_())
    lowered = _without_missing(column)
    true, false = pc.is_in(lowered, value_set=_TRUE), pc.is_in(lowered, value_set=_FALSE)
    known = pc.or_(true, false)
    bad = _true(pc.is_valid(lowered)) & ~_true(known)
    return pc.if_else(known, true, pa.scalar(None, pa.bool_())), bad


def _timestamps(column: pa.Array) -> tuple[pa.Array, Mask]:
    wanted = pa.timestamp("us", "UTC")
    if pa.types.is_date(column.type):
        days = pa.types.is_date32(column.type)
        column = column.cast(pa.int32() if days else pa.int64()).cast(pa.int64())
        return _moments(column, a_day=1 if days else 86_400 * 1_000)
    if pa.types.is_timestamp(column.type):
        return _moments(column.cast(pa.int64()), a_day=86_400 * _UNITS_A_SECOND[column.type.unit])
    if not pa.types.is_string(column.type):
        return _none_of_it(column, wanted)
    texts = _without_missing(column, lower=False)
    formed = _true(pc.match_substring_regex(texts, TIMESTAMP_PATTERN))
    series = _blank(texts, ~formed).to_pandas()
    parsed = pd.to_datetime(series, format="ISO8601", utc=True, errors="coerce")
    moments = pa.array(parsed.dt.tz_convert(None).to_numpy(), pa.timestamp("us"), from_pandas=True)
    bad = _true(pc.is_valid(texts)) & _true(pc.is_null(moments))
    typed, outside = _moments(moments.cast(pa.int64()), a_day=MICROSECONDS_A_DAY)
    return typed, bad | outside


def _moments(counts: pa.Array, *, a_day: int) -> tuple[pa.Array, Mask]:
    """Turn counts since 1970 into times; the range goes first, since what lies outside may overflow microseconds."""
    values = pc.fill_null(counts, 0).to_numpy()
    lowest, highest = ((limit - _EPOCH).days * a_day for limit in (LOWEST, HIGHEST))
    outside = (values < lowest) | (values >= highest)
    values = np.where(outside, 0, values)
    values = (
        values * (MICROSECONDS_A_DAY // a_day)
        if a_day <= MICROSECONDS_A_DAY
        else values // (a_day // MICROSECONDS_A_DAY)
    )
    moments = pa.array(values, mask=outside | ~_true(pc.is_valid(counts)))
    return moments.cast(pa.timestamp("us", "UTC")), outside


def _without_missing(texts: pa.Array, *, lower: bool = True) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(texts)
    lowered = pc.utf8_lower(trimmed)
    kept = pc.invert(pc.is_in(lowered, value_set=MISSING_WORDS))
    return pc.if_else(kept, lowered if lower else trimmed, pa.scalar(None, pa.string()))


def _none_of_it(column: pa.Array, wanted: pa.DataType) -> tuple[pa.Array, Mask]:
    """Call a column of the wrong kind unreadable, except where it is missing anyway."""
    present = pc.is_valid(column)
    if pa.types.is_floating(column.type):
        present = pc.and_(present, pc.invert(pc.is_nan(column)))
    return pa.nulls(len(column), wanted), _true(present)


def _blank(column: pa.Array, where: Mask) -> pa.Array:
    return pc.if_else(pa.array(where), pa.scalar(None, column.type), column) if where.any() else column


def _nowhere(column: pa.Array) -> Mask:
    return np.zeros(len(column), dtype=np.bool_)


def _true(mask: pa.Array) -> Mask:
    result: Mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)  # noqa: FBT003  # pyarrow takes no keyword
    return result
