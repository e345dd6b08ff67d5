"""Columns of numbers, read as floats or as whole numbers of 64 bits.

What Arrow's quick ways accept beyond the contract (`0x1F`, `nan(1)`) is taken back, whichever of them reads the column.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.arrays import Mask, blanked, nowhere, true_where, unreadable
from usecases.columns.missing import without_words
from usecases.columns.number_texts import AMBIGUOUS, GROUPED, NUMBER, WITH_COMMA

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
    # NaN is a missing value to everyone who makes files; infinity is no measure of anything.
    bad = bad | true_where(pc.is_inf(column))
    return blanked(column, ~true_where(pc.is_finite(column))), bad


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
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())
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
    """Read digits exactly, and `3.0` and `3e2` by way of a float, as JSON does."""
    texts = without_words(texts)
    digits = true_where(pc.match_substring_regex(texts, r"^[+-]?\d+$"))
    rest, bad = _whole(*read_floats(blanked(texts, digits)))
    bare = pc.replace_substring_regex(blanked(texts, ~digits), r"^\+?(-?)0*(\d)", r"\1\2")
    long = true_where(pc.greater(pc.utf8_length(pc.utf8_ltrim(bare, "-")), _LONGEST_INTEGER))
    exact = blanked(bare, long).cast(pa.decimal128(38, 0))
    outside = true_where(
        pc.or_(pc.less(exact, pa.scalar(-(2**63), exact.type)), pc.greater(exact, pa.scalar(2**63 - 1, exact.type)))
    )
    return pc.coalesce(blanked(exact, outside).cast(pa.int64()), rest), bad | long | outside


def _whole(floats: pa.Array, bad: Mask) -> tuple[pa.Array, Mask]:
    fits = pc.and_(pc.greater_equal(floats, -(2.0**63)), pc.less(floats, 2.0**63))
    whole = true_where(pc.and_(pc.equal(pc.floor(floats), floats), fits))
    return blanked(floats, ~whole).cast(pa.int64()), bad | (true_where(pc.is_valid(floats)) & ~whole)
