"""What the values of a column are, by looking at all of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.casting import MISSING_WORDS, Mask, cast
from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)

MAX_STRAY_SHARE = 0.05
"""Share of values of another kind up to which they are bad values; past it nobody knows what the column is."""

_FLOAT = FloatFeature(name="x", type="float")
_COMMA = FloatFeature(name="x", type="float", decimal_comma=True)
_INTEGER = IntegerFeature(name="x", type="integer")
_BOOLEAN = BooleanFeature(name="x", type="boolean")
_TIME = TimestampFeature(name="x", type="timestamp")
_TEXT = CategoryFeature(name="x", type="category", values=("x",))

_PAIRS = (frozenset({"true", "false"}), frozenset({"yes", "no"}), frozenset({"1", "0"}))
_FOREIGN_DATE = (
    r"^\s*(\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})|\d{4}[./]\d{1,2}[./]\d{1,2}"
    r"|\d{1,2}[ .-]+[A-Za-zäé]{3,9}\.?[ ,.-]+\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})([ T,]+\d{1,2}:\d{2}.*)?\s*$"
)
_LEADING_ZERO = r"^\s*0\d+\s*$"
_THOUSANDS = r"^\s*[+-]?\d{1,3}(,\d{3})+\s*$"


class Kind(StrEnum):
    """What a column holds."""

    FLOAT = "float"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    TEXT = "text"
    EMPTY = "empty"
    FOREIGN_DATES = "dates in another form"
    MIXED = "numbers and texts"
    THOUSANDS = "numbers with commas"
    UNSUPPORTED = "values of a kind that cannot be used"


@dataclass(frozen=True, slots=True)
class Values:
    """A column, read.

    Attributes
    ----------
    kind
        What it holds.
    typed
        Its values as that, null where one is missing or unreadable; texts where it is none of the usual.
    missing
        Values that are missing.
    strays
        Values that are of another kind, and so bad ones.
    examples
        Some of those, or of the values that say what is wrong.
    decimal_comma
        Whether its numbers are written with one.
    """

    kind: Kind
    typed: pa.Array
    missing: int
    strays: int = 0
    examples: tuple[str, ...] = ()
    decimal_comma: bool = False


def read_values(column: pa.Array) -> Values:
    """Find out what a column holds."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind, types = column.type, pa.types
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return _read_texts(column.cast(pa.string()))
    if types.is_boolean(kind):
        return _read(Kind.BOOLEAN, _BOOLEAN, column)
    if types.is_integer(kind):
        return _read(Kind.INTEGER, _INTEGER, column)
    if types.is_floating(kind) or types.is_decimal(kind):
        return _read(Kind.FLOAT, _FLOAT, column)
    if types.is_timestamp(kind) or types.is_date(kind):
        return _read(Kind.TIMESTAMP, _TIME, column)
    return Values(
        Kind.EMPTY if types.is_null(kind) else Kind.UNSUPPORTED, column, column.null_count, examples=(str(kind),)
    )


def _read(kind: Kind, feature: Feature, column: pa.Array, *, decimal_comma: bool = False) -> Values:
    typed, bad = cast(feature, column)
    strays = int(bad.sum())
    missing = typed.null_count - strays
    if missing == len(typed):
        return Values(Kind.EMPTY, typed, missing)
    return Values(kind, typed, missing, strays, _some(column, bad), decimal_comma)


def _read_texts(column: pa.Array) -> Values:
    lowered = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    present = _true(pc.is_valid(column)) & ~_true(pc.is_in(lowered, value_set=MISSING_WORDS))
    count = int(present.sum())
    if count == 0:
        return Values(Kind.EMPTY, column, len(column))
    if frozenset(pc.unique(lowered.filter(pa.array(present))).slice(0, 3).to_pylist()) in _PAIRS:
        return _read(Kind.BOOLEAN, _BOOLEAN, column)
    numbers = _read_numbers(column, present)
    if numbers is not None:
        return numbers
    times = _read(Kind.TIMESTAMP, _TIME, column)
    if times.strays <= MAX_STRAY_SHARE * count:
        return times
    foreign = _true(pc.match_substring_regex(column, _FOREIGN_DATE))
    if foreign.sum() + count - times.strays >= (1 - MAX_STRAY_SHARE) * count:
        return Values(Kind.FOREIGN_DATES, column, len(column) - count, examples=_some(column, foreign))
    texts, bad = cast(_TEXT, column)
    return Values(Kind.TEXT, texts, texts.null_count - int(bad.sum()), int(bad.sum()))


def _read_numbers(column: pa.Array, present: Mask) -> Values | None:
    """Read texts as numbers, if that is what they are, with a point or with a comma."""
    count = int(present.sum())
    if _any(pc.match_substring_regex(column, _LEADING_ZERO)):
        return None  # a postcode or a number of something: as a number it would lose its zeros
    with_point, with_comma = _read(Kind.FLOAT, _FLOAT, column), _read(Kind.FLOAT, _COMMA, column, decimal_comma=True)
    commas = _true(pc.match_substring(column, ",")) & present
    best = with_comma if commas.any() and with_comma.strays < with_point.strays else with_point
    grouped = _true(pc.match_substring_regex(column, _THOUSANDS))
    if commas.any() and not (commas & ~grouped).any() and with_point.strays - grouped.sum() <= MAX_STRAY_SHARE * count:
        return Values(Kind.THOUSANDS, column, len(column) - count, examples=_some(column, commas))
    if best.strays > MAX_STRAY_SHARE * count:
        if best.strays <= count / 2:
            return Values(Kind.MIXED, column, len(column) - count, best.strays, best.examples)
        return None
    if not _any(pc.match_substring_regex(column, r"\d[.,eE]|[.,]\d")) and not commas.any():
        whole = _read(Kind.INTEGER, _INTEGER, column)
        if whole.strays == best.strays:
            return whole
    return best


def _some(column: pa.Array, where: Mask) -> tuple[str, ...]:
    if not where.any():
        return ()
    found = pc.unique(column.filter(pa.array(where))).slice(0, 3).to_pylist()
    return tuple(str(value)[:40] for value in found)


def _any(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())


def _true(mask: pa.Array) -> Mask:
    result: np.ndarray[Any, np.dtype[np.bool_]] = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)  # noqa: FBT003  # pyarrow takes no keyword
    return result
