"""What a column holds, as it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.checking.raw_rows import cell_value
from usecases.columns.casting import cast
from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.columns.missing import where_declared
from usecases.columns.texts import Mask
from usecases.proposal.reading.missing import are_signs

MAX_STRAY_SHARE = 0.05
"""Share of values of another kind up to which they are bad values; past it nobody knows what the column is."""

MAX_CATEGORIES = 50
"""Up to so many different texts are categories, however few rows each of them has."""

FLOAT = FloatFeature(name="x", type="float")
COMMA = FloatFeature(name="x", type="float", decimal_comma=True)
INTEGER = IntegerFeature(name="x", type="integer")
BOOLEAN = BooleanFeature(name="x", type="boolean")
TIME = TimestampFeature(name="x", type="timestamp")
_TEXT = CategoryFeature(name="x", type="category", values=("x",))


class Kind(StrEnum):
    """What a column holds."""

    FLOAT = "float"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    TEXT = "text"
    EMPTY = "empty"
    FOREIGN_DATES = "dates in another form"
    PERIODS = "months, quarters or weeks"
    MIXED = "numbers and texts"
    THOUSANDS = "numbers with commas or points"
    WRITTEN = "numbers in another form"
    MEASURES = "numbers with units"
    SEVERAL = "several numbers in a cell"
    QUOTED = "values in marks of another program"
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
    signs
        Texts that look as if they stood for a missing value; null in `typed`, and not among the missing ones.
    signed
        Rows that have one of them.
    """

    kind: Kind
    typed: pa.Array
    missing: int
    strays: int = 0
    examples: tuple[str, ...] = ()
    decimal_comma: bool = False
    signs: tuple[str, ...] = ()
    signed: int = 0


def read_names(column: pa.Array, *, with_signs: bool) -> Values:
    """Read texts as names.

    Parameters
    ----------
    column
        The texts.
    with_signs
        Whether what looks as if it stood for a missing value is a name as well.
    """
    texts, bad = cast(_TEXT, column)
    strays = int(bad.sum())
    missing = texts.null_count - strays
    signs: tuple[str, ...] = ()
    signed = 0
    if pa.types.is_string(texts.type):
        texts = pc.utf8_trim_whitespace(texts)
        texts = blank(texts, true(pc.equal(texts, "")))
        missing = texts.null_count - strays
    if not with_signs and pa.types.is_string(texts.type):
        found = are_signs(pc.utf8_lower(texts), of_names=True)
        signed = int(pc.sum(found).as_py() or 0)
        signs = signs_of(texts, found)
        texts = blank(texts, true(found))
    kind = Kind.TEXT if texts.null_count < len(texts) else Kind.EMPTY
    return Values(kind, texts, missing, strays, signs=signs, signed=signed)


def read_as(kind: Kind, feature: Feature, column: pa.Array, *, decimal_comma: bool = False) -> Values:
    """Read a column as a kind of feature."""
    typed, bad = cast(feature, column)
    strays = int(bad.sum())
    missing = typed.null_count - strays
    if missing == len(typed):
        return Values(Kind.EMPTY, typed, missing)
    return Values(kind, typed, missing, strays, some(column, bad), decimal_comma)


def without(column: pa.Array, texts: Sequence[str]) -> pa.Array:
    """Return a column without the values that stand for missing ones, as every door finds them."""
    return blank(column, where_declared(tuple(texts), column)) if texts else column


def signs_of(column: pa.Array, found: pa.Array) -> tuple[str, ...]:
    """Return which different texts stand where something was found."""
    return tuple(sorted(pc.unique(pc.utf8_trim_whitespace(column.filter(found))).to_pylist()))


def some(column: pa.Array, where: Mask) -> tuple[str, ...]:
    """Return a few different values, as texts to show."""
    if not where.any():
        return ()
    found = pc.unique(column.filter(pa.array(where))).slice(0, 3)
    return tuple(str(cell_value(value))[:40] for value in found)


def blank(column: pa.Array, where: Mask) -> pa.Array:
    """Return a column with missing values in some places."""
    return pc.if_else(pa.array(where), pa.scalar(None, column.type), column) if where.any() else column


def is_any(mask: pa.Array) -> bool:
    """Return whether anything is true."""
    return bool(pc.any(mask).as_py())


def are_all(mask: pa.Array) -> bool:
    """Return whether all that is known is true."""
    return bool(pc.all(mask).as_py())


def true(mask: pa.Array) -> Mask:
    """Return a mask in which unknown is false."""
    result: np.ndarray[Any, np.dtype[np.bool_]] = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)  # noqa: FBT003  # pyarrow takes no keyword
    return result
