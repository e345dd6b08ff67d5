"""From what a file holds to the types of the contract, a column at a time; what does not fit is marked, not guessed.

A cell's verdict never depends on the cells beside it, whichever of Arrow's quick ways reads the column.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.booleans import BOOLEAN_PAIRS, FALSE, TRUE, named_truths
from usecases.columns.day_first import plain_days
from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.columns.missing import where_declared, without_words
from usecases.columns.number_texts import AMBIGUOUS, GROUPED, NUMBER, WHOLE_OR_THOUSANDS, WITH_COMMA
from usecases.columns.texts import Mask, blanked, nowhere, read_categories, read_keys, true_where, unreadable
from usecases.columns.timestamps import read_timestamps


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
    column, bad = plain_column(column)
    column = _given(feature, column)
    if isinstance(feature, FloatFeature) and feature.decimal_comma and pa.types.is_string(column.type):
        column, ambiguous = with_points(column)
        bad = bad | ambiguous
        if feature.missing_values:
            column = blanked(column, where_declared(feature.missing_values, column, decimal_comma=True))
    match feature:
        case FloatFeature():
            typed, unreadable = read_floats(column)
        case IntegerFeature():
            typed, unreadable = read_integers(column)
        case CategoryFeature():
            typed, unreadable = read_categories(feature.values, _with_named_truths(feature.values, column))
        case BooleanFeature():
            typed, unreadable = read_booleans(column)
        case TimestampFeature():
            typed, unreadable = read_timestamps(column, feature.time_zone)
    return typed, bad | unreadable


def _given(feature: Feature, column: pa.Array) -> pa.Array:
    """Return the values of a column without what stands for a missing one, and days as programs write them."""
    if isinstance(feature, TimestampFeature) and feature.day_first:
        column = plain_days(column)
    return blanked(column, where_declared(feature.missing_texts, column)) if feature.missing_values else column


def _with_named_truths(allowed: tuple[str, ...], column: pa.Array) -> pa.Array:
    """Write truths as the names that a category has for them, if it has: a workbook has truths where a CSV has words."""
    names = named_truths(allowed)
    if names and pa.types.is_boolean(column.type):
        return pc.if_else(column, names.get(True, TRUE), names.get(False, FALSE))
    if names and pa.types.is_string(column.type):
        words = pc.utf8_lower(pc.utf8_trim_whitespace(column))
        column = pc.if_else(pc.equal(words, TRUE), names.get(True, TRUE), column)
        column = pc.if_else(pc.equal(words, FALSE), names.get(False, FALSE), column)
    return column


def cast_key(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read the key as text; a whole number is as good a name as a text."""
    column, bad = plain_column(column)
    texts, unfit = read_keys(column)
    return texts, bad | unfit


def plain_column(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Undo how a file format wraps values, so that one layout of texts is left; mark bytes that are no UTF-8."""
    if isinstance(column, pa.UuidArray):
        return _uuid_texts(column.storage), nowhere(column)
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_run_end_encoded(column.type):
        column = pc.run_end_decode(column)
    if pa.types.is_null(column.type):
        column = column.cast(pa.string())
    if not _is_texts_or_bytes(column.type):
        return column, nowhere(column)
    try:
        texts = column.cast(pa.string())
        texts.validate(full=True)
    except pa.ArrowInvalid:
        decoded = [_decoded(value) for value in column.cast(pa.large_binary()).to_pylist()]
        texts = pa.array(decoded, pa.string())
        return texts, true_where(pc.is_null(texts)) & true_where(pc.is_valid(column))
    if pa.types.is_fixed_size_binary(column.type):
        texts = pc.utf8_rtrim(texts, "\0")  # what a shorter text is filled up with
    return texts, nowhere(texts)


def _uuid_texts(column: pa.FixedSizeBinaryArray) -> pa.Array:
    """Write the sixteen bytes of each UUID as people do, in groups of 8, 4, 4, 4 and 12 digits."""
    digits = pa.array([None if value is None else value.hex() for value in column.to_pylist()], pa.string())
    return pc.replace_substring_regex(digits, r"^(.{8})(.{4})(.{4})(.{4})(.{12})$", r"\1-\2-\3-\4-\5")


def _is_texts_or_bytes(kind: pa.DataType) -> bool:
    wrapped = (pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary, pa.types.is_large_binary)
    more = (pa.types.is_string, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    return any(is_it(kind) for is_it in (*wrapped, *more))


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


_LONGEST_INTEGER = 19
"""Digits of 2**63; Arrow's decimals, which check the range exactly, hold twice as many."""


def read_floats(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read a column as floats; null where one is missing or unreadable, and a mask of the unreadable."""
    bad = nowhere(column)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())  # parsing rounds to the nearest float, as JSON does; a cast need not
    if pa.types.is_string(column.type):
        column, bad = _numbers_of(column)
    elif pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        column = column.cast(pa.float64(), safe=False)
    else:
        return unreadable(column, pa.float64())
    is_number = true_where(pc.is_finite(column))
    if is_number.all():
        return column, bad
    # NaN is a missing value to everyone who makes files; infinity is no measure of anything.
    return blanked(column, ~is_number), bad | true_where(pc.is_inf(column))


def with_points(texts: pa.Array) -> tuple[pa.Array, Mask]:
    """Write 1.234,5 as 1234.5, and mark what could be either: one point and three digits, with no comma to tell.

    A point as decimal sign stays one, since a program that repairs a row writes numbers that way.
    """
    texts = pc.utf8_trim_whitespace(texts)
    ambiguous = true_where(pc.match_substring_regex(texts, AMBIGUOUS))
    of_thousands = pc.or_(pc.match_substring_regex(texts, WITH_COMMA), pc.match_substring_regex(texts, GROUPED))
    plain = pc.replace_substring(pc.replace_substring(texts, ".", ""), ",", ".")
    return pc.if_else(of_thousands, plain, blanked(texts, ambiguous)), ambiguous


def _numbers_of(texts: pa.Array) -> tuple[pa.Array, Mask]:
    """Read texts as floats: all at once where Arrow can, else only those of the right form."""
    try:
        numbers = pc.cast(texts, pa.float64())
        if not pc.any(pc.is_nan(numbers)).as_py():
            return numbers, nowhere(texts)
    except pa.ArrowInvalid:
        pass
    return _by_form(texts, r"^-?\d+\.?\d*$", pa.float64(), _numbers_of_any_form)


def _numbers_of_any_form(texts: pa.Array) -> tuple[pa.Array, Mask]:
    texts = without_words(texts)
    formed = true_where(pc.match_substring_regex(texts, NUMBER))
    return pc.cast(blanked(texts, ~formed), pa.float64()), true_where(pc.is_valid(texts)) & ~formed


def _by_form(
    texts: pa.Array, pattern: str, wanted: pa.DataType, read_others: Callable[[pa.Array], tuple[pa.Array, Mask]]
) -> tuple[pa.Array, Mask]:
    """Read the usual form with a cast and spend time only on the others, of which there are mostly few."""
    others = true_where(pc.is_valid(texts)) & ~true_where(pc.match_substring_regex(texts, pattern))
    numbers, bad = pc.cast(blanked(texts, others), wanted), nowhere(texts)
    if others.any():
        replacements, bad[others] = read_others(texts.filter(pa.array(others)))
        numbers = pc.replace_with_mask(numbers, pa.array(others), replacements)
    return numbers, bad


def read_integers(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read a column as whole numbers; null where one is missing or unreadable, and a mask of the unreadable."""
    if pa.types.is_unsigned_integer(column.type):  # the widest of them reaches twice as far as is allowed
        too_large = true_where(pc.greater(column.cast(pa.uint64()), pa.scalar(2**63 - 1, pa.uint64())))
        return blanked(column, too_large).cast(pa.int64()), too_large
    if pa.types.is_integer(column.type):
        return column.cast(pa.int64()), nowhere(column)
    if pa.types.is_decimal(column.type):  # whose zeros behind the point are no thousands
        column = pc.replace_substring_regex(column.cast(pa.string()), r"\.0+$", "")
    if not pa.types.is_string(column.type):
        return _whole(*read_floats(column))
    try:
        numbers = pc.cast(column, pa.int64())
        if not pc.any(pc.match_substring_regex(column, "[xX]")).as_py():
            return numbers, nowhere(column)
    except pa.ArrowInvalid:
        pass
    return _by_form(column, r"^-?\d{1,18}$", pa.int64(), _integers_of_any_form)


def _integers_of_any_form(texts: pa.Array) -> tuple[pa.Array, Mask]:
    """Read digits exactly, and `3.0` and `3e2` by way of a float, as JSON does; `3.000` could be thousands."""
    texts = without_words(texts)
    doubtful = true_where(pc.match_substring_regex(texts, WHOLE_OR_THOUSANDS))
    texts = blanked(texts, doubtful)
    digits = true_where(pc.match_substring_regex(texts, r"^[+-]?\d+$"))
    rest, bad = _whole(*read_floats(blanked(texts, digits)))
    bare = pc.replace_substring_regex(blanked(texts, ~digits), r"^\+?(-?)0*(\d)", r"\1\2")
    long = true_where(pc.greater(pc.utf8_length(pc.utf8_ltrim(bare, "-")), _LONGEST_INTEGER))
    exact = blanked(bare, long).cast(pa.decimal128(38, 0))
    outside = true_where(
        pc.or_(pc.less(exact, pa.scalar(-(2**63), exact.type)), pc.greater(exact, pa.scalar(2**63 - 1, exact.type)))
    )
    return pc.coalesce(blanked(exact, outside).cast(pa.int64()), rest), bad | long | outside | doubtful


def _whole(floats: pa.Array, bad: Mask) -> tuple[pa.Array, Mask]:
    fits = pc.and_(pc.greater_equal(floats, -(2.0**63)), pc.less(floats, 2.0**63))
    whole = true_where(pc.and_(pc.equal(pc.floor(floats), floats), fits))
    return blanked(floats, ~whole).cast(pa.int64()), bad | (true_where(pc.is_valid(floats)) & ~whole)


_TRUE, _FALSE = (pa.array([pair[place] for pair in BOOLEAN_PAIRS]) for place in (0, 1))


def read_booleans(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read a column as true and false; null where one is missing or unreadable, and a mask of the unreadable."""
    kind, types = column.type, pa.types
    if types.is_boolean(kind):
        return column, nowhere(column)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return _of_numbers(*read_floats(column))
    if not types.is_string(kind):
        return unreadable(column, pa.bool_())
    words = without_words(column)
    is_true, is_false = pc.is_in(words, value_set=_TRUE), pc.is_in(words, value_set=_FALSE)
    found = pc.if_else(pc.or_(is_true, is_false), is_true, pa.scalar(None, pa.bool_()))
    others = true_where(pc.is_valid(words)) & ~true_where(pc.is_valid(found))
    if not others.any():
        return found, others
    numbers, bad = _of_numbers(*read_floats(blanked(words, ~others)))
    return pc.coalesce(found, numbers), bad


def _of_numbers(numbers: pa.Array, bad: Mask) -> tuple[pa.Array, Mask]:
    is_one = pc.equal(numbers, 1.0)
    neither = true_where(pc.invert(pc.or_(is_one, pc.equal(numbers, 0.0))))
    return blanked(is_one, neither), bad | neither
