"""What the values of a column are, by looking at all of them."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.booleans import BOOLEAN_PAIRS
from usecases.columns.missing import MISSING_WORDS
from usecases.columns.notations import Notation, is_day_first, notations_of, plain_values
from usecases.columns.texts import Mask
from usecases.proposal.reading.amounts import matching
from usecases.proposal.reading.dates import are_dates, are_days_in_digits, count_of_periods
from usecases.proposal.reading.missing import are_signs
from usecases.proposal.reading.numbers import read_numbers
from usecases.proposal.reading.values import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    MAX_CATEGORIES,
    MAX_STRAY_SHARE,
    TIME,
    Kind,
    Values,
    blank,
    is_any,
    read_as,
    read_names,
    signs_of,
    some,
    true,
)

__all__ = [
    "MAX_CATEGORIES",
    "Kind",
    "Values",
    "as_decimals",
    "notation_of",
    "of_thousands",
    "read_names",
    "read_values",
    "with_truths",
]

_IN_NOTATIONS = {Kind.INTEGER, Kind.FLOAT, Kind.THOUSANDS, Kind.TIMESTAMP}
"""What a column that is written in another notation can hold."""

_WIDE = 20
"""Digits of numbers that 64 bits do not hold."""

_LOOKED_AT = 20
"""Different texts that are read as JSON, to tell lists and objects from names in brackets."""

_QUOTED = r"^\s*(=\s*\"[^\"]*\"|'[^']*'?|=[^=]+|\x{201C}[^\x{201C}\x{201D}]*\x{201D})\s*$"
_QUOTATION = r"^\s*(=\s*\"?|'|\x{201C})|[\"'\x{201D}]\s*$"
"""Marks that other programs put around values: formulas of Excel, single quotation marks, an apostrophe in front."""

_TRUTHS = frozenset(frozenset(pair) for pair in (*BOOLEAN_PAIRS, ("true",), ("false",)))
"""Words of truths; of a mark beside nothing, only those that every program takes for one."""


def read_values(column: pa.Array) -> Values:
    """Find out what a column holds."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind, types = column.type, pa.types
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return _read_texts(column.cast(pa.string()))
    may_be_wider = types.is_uint64(kind) or (types.is_decimal(kind) and kind.scale == 0 and kind.precision >= _WIDE)
    if may_be_wider and is_any(pc.greater(column, pa.scalar(2**63 - 1, kind))):
        return _read_texts(column.cast(pa.string()))  # no number of 64 bits with a sign: names, most likely
    return _read_typed(column)


def with_truths(values: Values) -> Values:
    """Return numbers that are 0 and 1 alone as the truths that they are as cells of a CSV file.

    >>> with_truths(read_values(pa.array([1, 0, None]))).kind.value, with_truths(read_values(pa.array([1, 2, 0]))).kind.value
    ('boolean', 'integer')
    """
    if values.kind not in {Kind.INTEGER, Kind.FLOAT} or values.strays:
        return values
    span = pc.min_max(values.typed)
    are_truths = span["min"].as_py() == 0 and span["max"].as_py() == 1 and pc.count_distinct(values.typed).as_py() == 2  # noqa: PLR2004  # true and false
    return read_as(Kind.BOOLEAN, BOOLEAN, values.typed) if are_truths else values


def _read_typed(column: pa.Array) -> Values:
    kind, types = column.type, pa.types
    if types.is_boolean(kind):
        return read_as(Kind.BOOLEAN, BOOLEAN, column)
    if types.is_integer(kind):
        return read_as(Kind.INTEGER, INTEGER, column)
    if types.is_floating(kind) or types.is_decimal(kind):
        return read_as(Kind.FLOAT, FLOAT, column)
    if types.is_timestamp(kind) or types.is_date(kind):
        return _read_times(column)
    found = Kind.EMPTY if types.is_null(kind) else Kind.UNSUPPORTED
    return Values(found, column, column.null_count, examples=(f"{kind}{_way_on(kind)}",))


def _way_on(kind: pa.DataType) -> str:
    """Return how values of a type that is not read can be written so that they are."""
    if pa.types.is_duration(kind):
        return "; write durations as numbers, all in one unit, and they become a feature"
    if pa.types.is_time(kind):
        return "; write the hour as a number, 8.25, or the time with its date, and they become a feature"
    if pa.types.is_nested(kind):
        return "; make columns of their members"
    return ""


def _read_times(column: pa.Array) -> Values:
    """Read typed times; a few that lie outside of all calendars, such as 9999-12-31, are signs."""
    values = read_as(Kind.TIMESTAMP, TIME, column)
    if not values.strays:
        return values
    outside = pc.and_(pc.is_null(values.typed), pc.is_valid(column))
    texts = _times_as_texts(column.filter(outside))
    signs = tuple(pc.unique(texts).slice(0, 4).to_pylist())
    if len(signs) > 3 or not pc.all(are_signs(texts, of_names=False)).as_py():  # noqa: PLR2004  # more are bad values
        return values
    return replace(values, strays=0, examples=(), signs=signs, signed=values.strays)


def _times_as_texts(column: pa.Array) -> pa.Array:
    """Write times as a file would, as short as they are: days alone, and no seconds' fraction of zeros."""
    if pa.types.is_date(column.type):
        return column.cast(pa.date32()).cast(pa.string())
    plain = column.cast(pa.int64()).cast(pa.timestamp(column.type.unit)).cast(pa.string())
    for nothing in (r"\.0+$", r" 00:00:00$"):
        plain = pc.replace_substring_regex(plain, nothing, "")
    return pc.replace_substring_regex(plain, r"(\.\d*[1-9])0+$", r"\1")


def _read_texts(column: pa.Array) -> Values:
    lowered = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    present = true(pc.is_valid(column)) & ~true(pc.is_in(lowered, value_set=MISSING_WORDS))
    if not present.any():
        return Values(Kind.EMPTY, column, len(column))
    signed = true(are_signs(lowered, of_names=False)) & present
    present &= ~signed
    if present.any():
        values = _read_present(blank(column, signed), blank(lowered, signed), present)
        if values is not None:
            number = int(signed.sum())
            # Steps of a scale are names, among which words such as NaN are signs already.
            signs = tuple(sorted({*values.signs, *signs_of(column, pa.array(signed))}))
            return replace(values, missing=values.missing - number, signs=signs, signed=values.signed + number)
    nested = _nested(column.filter(pa.array(present)))
    if nested is not None:
        return Values(Kind.UNSUPPORTED, column, column.null_count, examples=(nested,))
    return read_names(column, with_signs=False)


def _nested(present: pa.Array) -> str | None:
    """Return what to say of texts if all of them are lists or objects in JSON: no door takes such a value for a name."""
    if not pc.all(pc.match_substring_regex(present, r"^\s*[\[{](?s:.*)[\]}]\s*$")).as_py():
        return None
    shown = pc.unique(present).slice(0, _LOOKED_AT).to_pylist()
    try:
        for text in shown:
            orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return f"lists or objects such as {min(shown, key=len)[:60]}; make columns of their members"


def _read_present(column: pa.Array, lowered: pa.Array, present: Mask) -> Values | None:
    """Read texts as anything but names, if that is what they are."""
    count = int(present.sum())
    if frozenset(pc.unique(lowered.filter(pa.array(present))).slice(0, 3).to_pylist()) in _TRUTHS:
        return read_as(Kind.BOOLEAN, BOOLEAN, column)
    if count_of_periods(column.filter(pa.array(present))) >= (1 - MAX_STRAY_SHARE) * count:
        return Values(Kind.PERIODS, column, len(column) - count, examples=some(column, present))
    numbers = read_numbers(column, present)
    if numbers is not None:
        return numbers
    times = read_as(Kind.TIMESTAMP, TIME, column)
    if times.strays <= MAX_STRAY_SHARE * count:
        return times
    return _read_foreign(column, present, true(pc.is_valid(times.typed)))


def _read_foreign(column: pa.Array, present: Mask, are_times: Mask) -> Values | None:
    """Read texts as dates in other forms, some of which are times to us, or as numbers and times in quotation marks."""
    count = int(present.sum())
    foreign = are_dates(column) & ~are_times
    if (foreign | are_times).sum() >= (1 - MAX_STRAY_SHARE) * count:
        return Values(Kind.FOREIGN_DATES, column, len(column) - count, examples=some(column, foreign))
    known = column.filter(pa.array(present))
    if are_days_in_digits(known):
        return Values(Kind.FOREIGN_DATES, column, len(column) - count, examples=some(column, present))
    if pc.all(matching(known, _QUOTED)).as_py():
        inner = _read_texts(pc.replace_substring_regex(column, _QUOTATION, ""))
        if inner.kind not in {Kind.TEXT, Kind.EMPTY, Kind.UNSUPPORTED}:
            return Values(Kind.QUOTED, column, len(column) - count, examples=some(column, present))
    return None


def notation_of(raw: pa.Array) -> Notation | None:
    """Return the notation in which a column of texts can be read, where there is one and no other.

    >>> notation_of(pa.array(["1 234,5", "17,25"])), notation_of(pa.array(["1.3.2026", "31.12.2026"]))
    (<Notation.DECIMAL_COMMA: 'decimal_comma'>, <Notation.DAY_FIRST: 'day_first'>)
    >>> notation_of(pa.array(["1,234", "12 kg"]))
    """
    if not pa.types.is_string(raw.type):
        return None
    possible = {Notation.DAY_FIRST} if is_day_first(raw) else {one for one in notations_of(raw) if one is not None}
    if len(possible) != 1:
        return None
    (notation,) = possible
    return notation if read_values(plain_values(raw, notation)).kind in _IN_NOTATIONS else None


def of_thousands(example: str) -> Notation:
    """Return the notation of numbers whose only sign marks thousands.

    >>> of_thousands("1.002").value, of_thousands("1,002").value
    ('decimal_comma', 'thousands_comma')
    """
    return Notation.THOUSANDS_COMMA if "," in example else Notation.DECIMAL_COMMA


def as_decimals(values: Values) -> Values:
    """Return numbers of which it is known that their points are those of decimals.

    >>> as_decimals(read_values(pa.array(["1.234", "17"]))).kind.value
    'float'
    """
    return replace(values, kind=Kind.FLOAT) if values.kind is Kind.THOUSANDS else values
