"""How a time is written: one definition for a single value and for a column."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.missing import without_words
from usecases.columns.texts import Mask, blanked, true_where, unreadable

TIMESTAMP_PATTERN = (
    r"\A(1[7-9]|2[01])\d\d-\d\d-\d\d"
    r"([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?( ?(Z|UTC|[+-]([01]\d|2[0-3])(:?[0-5]\d)?))?)?$"
)
"""ISO 8601 as people, programs and databases write it; both parsers behind it read all of it alike."""

LOWEST, HIGHEST = datetime(1700, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""First time that is allowed, and the first that is not: a 64-bit float holds all microseconds between exactly."""

MICROSECONDS_A_DAY = 86_400_000_000

_TIMESTAMP = re.compile(TIMESTAMP_PATTERN, re.ASCII)
_FRACTION = re.compile(r"\.(\d{1,9})", re.ASCII)
_BEYOND_MICROSECONDS = r"(\.\d{6})\d+"
_UNITS_A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_timestamp(text: str) -> datetime:
    """Read one time as UTC; without an offset it is taken to be UTC, and past microseconds it is cut off.

    Raises
    ------
    ValueError
        If the text is no time in the accepted form, or outside the accepted years.

    Examples
    --------
    >>> parse_timestamp("2026-03-01 12:30+02:00").isoformat()
    '2026-03-01T10:30:00+00:00'
    >>> parse_timestamp("2026-03-01 12:30:00.5+00").isoformat()
    '2026-03-01T12:30:00.500000+00:00'
    """
    text = text.strip()
    if _TIMESTAMP.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not an ISO 8601 time")
    # Python 3.11 wants three or six digits of a second's fraction, and knows no UTC by name.
    padded = _FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), text.removesuffix("UTC").rstrip())
    return as_utc(datetime.fromisoformat(padded))


def as_utc(moment: datetime) -> datetime:
    """Return a time in UTC; without an offset it is taken to be UTC.

    Raises
    ------
    ValueError
        If it is outside the accepted years.
    """
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{moment} is outside the calendar") from error
    if not LOWEST <= moment < HIGHEST:
        raise ValueError(f"{moment.isoformat()} is not between the years {LOWEST.year} and {HIGHEST.year}")
    return moment


def read_timestamps(column: pa.Array) -> tuple[pa.Array, Mask]:
    """Read a column as times in UTC; null where one is missing or unreadable, and a mask of the unreadable."""
    if pa.types.is_date(column.type):
        days = pa.types.is_date32(column.type)
        column = column.cast(pa.int32() if days else pa.int64()).cast(pa.int64())
        return _moments(column, a_day=1 if days else 86_400 * 1_000)
    if pa.types.is_timestamp(column.type):
        return _moments(column.cast(pa.int64()), a_day=86_400 * _UNITS_A_SECOND[column.type.unit])
    if not pa.types.is_string(column.type):
        return unreadable(column, pa.timestamp("us", "UTC"))
    texts = without_words(column, lower=False)
    formed = true_where(pc.match_substring_regex(texts, TIMESTAMP_PATTERN))
    parsed = pd.to_datetime(_as_pandas_reads(blanked(texts, ~formed)), format="ISO8601", utc=True, errors="coerce")
    moments = pa.array(parsed.dt.tz_convert(None).to_numpy(), pa.timestamp("us"), from_pandas=True)
    bad = true_where(pc.is_valid(texts)) & true_where(pc.is_null(moments))
    typed, outside = _moments(moments.cast(pa.int64()), a_day=MICROSECONDS_A_DAY)
    return typed, bad | outside


def _as_pandas_reads(texts: pa.Array) -> Any:
    """Rewrite what pandas would not read, or not keep to microseconds."""
    if pc.any(pc.match_substring(texts, "UTC")).as_py():
        texts = pc.replace_substring_regex(texts, r" ?UTC$", "Z")
    if pc.any(pc.match_substring_regex(texts, _BEYOND_MICROSECONDS)).as_py():
        texts = pc.replace_substring_regex(texts, _BEYOND_MICROSECONDS, r"\1")
    return texts.to_pandas()


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
    moments = pa.array(values, mask=outside | ~true_where(pc.is_valid(counts)))
    return moments.cast(pa.timestamp("us", "UTC")), outside
