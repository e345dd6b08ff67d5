"""Texts that are numbers, in one of the ways people write them."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.texts import Mask
from usecases.proposal.reading.amounts import (
    AMOUNT,
    COMMA_GROUPS,
    ORDINAL,
    POINT_GROUPS,
    are_several,
    matching,
    units_of,
)
from usecases.proposal.reading.values import (
    COMMA,
    FLOAT,
    INTEGER,
    MAX_CATEGORIES,
    MAX_STRAY_SHARE,
    Kind,
    Values,
    are_all,
    is_any,
    read_as,
    read_names,
    some,
    true,
)

_LEADING_ZERO = r"^\s*0\d+\s*$"
_LONG_DIGITS = r"^\s*[+-]?\d{16,}(\.0*)?\s*$"
_EPOCH_DIGITS = r"^\s*1\d{15}(\d{3})?\s*$"
"""Micro- and nanoseconds since 1970, of this century; other numbers of so many digits are names."""


def read_numbers(column: pa.Array, present: Mask) -> Values | None:
    """Read texts as numbers, if that is what they are, with a point or with a comma."""
    if _are_names(column):
        return None
    count = int(present.sum())
    with_point, with_comma = read_as(Kind.FLOAT, FLOAT, column), read_as(Kind.FLOAT, COMMA, column, decimal_comma=True)
    commas = true(pc.match_substring(column, ",")) & present
    grouped = true(matching(column, COMMA_GROUPS))
    is_grouped = commas.any() and not (commas & ~grouped).any()
    if is_grouped and with_point.strays - grouped.sum() <= MAX_STRAY_SHARE * count:
        return replace(with_comma, kind=Kind.THOUSANDS, examples=some(column, commas))
    best = with_comma if commas.any() and with_comma.strays < with_point.strays else with_point
    unread = present & true(pc.is_null(best.typed))
    other = _read_unread(column, best, unread, count) if unread.any() else None
    if other is not None or best.strays > MAX_STRAY_SHARE * count:
        return other
    points = true(pc.match_substring(column, ".")) & present
    if _may_mark_thousands(column, best, points, present & ~points & ~unread):
        return replace(best, kind=Kind.THOUSANDS, examples=some(column, points))
    if is_any(matching(column, r"\d[.,eE]|[.,]\d")) or commas.any():
        return best
    whole = read_as(Kind.INTEGER, INTEGER, column)
    return whole if whole.strays == best.strays else best


def _are_names(column: pa.Array) -> bool:
    """Return whether digits would be lost if they were read as numbers: zeros of a postcode, the last of an account."""
    long = matching(column, _LONG_DIGITS)
    is_long = is_any(long) and is_any(pc.and_not(long, matching(column, _EPOCH_DIGITS)))
    return is_long or is_any(matching(column, _LEADING_ZERO))


def _may_mark_thousands(column: pa.Array, best: Values, points: Mask, whole: Mask) -> bool:
    """Return whether every point has three digits behind it, and what has none is below a thousand.

    Decimals of which all have three digits are written so for every value, or for none.
    """
    if not points.any() or not whole.any() or (points & ~true(matching(column, POINT_GROUPS))).any():
        return False
    return are_all(pc.less(pc.abs(best.typed.filter(pa.array(whole))), 1_000))


def _read_unread(column: pa.Array, best: Values, unread: Mask, count: int) -> Values | None:
    """Find out what values are that are no numbers to us, among many that are, or all of them."""
    texts = column.filter(pa.array(unread))
    if are_all(matching(texts, ORDINAL)) and pc.count_distinct(column).as_py() <= MAX_CATEGORIES:
        return read_names(column, with_signs=False)
    missing = len(column) - count
    amounts = int(pc.sum(matching(texts, AMOUNT)).as_py())
    if amounts and best.strays - amounts <= MAX_STRAY_SHARE * count:
        return Values(Kind.WRITTEN, column, missing, best.strays, some(texts, true(matching(texts, AMOUNT))))
    if units_of(texts) and pc.count_distinct(texts).as_py() > MAX_CATEGORIES:
        return Values(Kind.MEASURES, column, missing, best.strays, best.examples)
    if (
        best.strays > MAX_STRAY_SHARE * count
        and pc.count_distinct(texts).as_py() > MAX_CATEGORIES
        and are_several(texts)
    ):
        return Values(Kind.SEVERAL, column, missing, best.strays, best.examples)
    if MAX_STRAY_SHARE * count < best.strays <= count / 2:
        return Values(Kind.MIXED, column, missing, best.strays, best.examples)
    return None
