"""How a time is written: one definition for a single value and for a column."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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

UTC_ZONE = "UTC"

WITH_OFFSET = r"\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)? ?(Z|UTC|[+-]\d\d(:?\d\d)?)$"
"""End of a time in that form which says how far it is from UTC; of a day alone nobody says."""

_TIMESTAMP = re.compile(TIMESTAMP_PATTERN, re.ASCII)
_FRACTION = re.compile(r"\.(\d{1,9})", re.ASCII)
_BEYOND_MICROSECONDS = r"(\.\d{6})\d+"
_UNITS_A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def known_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone; write one like Europe/Berlin or UTC") from error
    return name


def parse_timestamp(text: str, zone: str | None = UTC_ZONE) -> datetime:
    """Read one time as UTC; without an offset it is one of the zone, and past microseconds it is cut off.

    Parameters
    ----------
    text
        The time.
    zone
        Where clocks show times that are written without an offset; None where nobody knows, and they are refused.

    Raises
    ------
    ValueError
        If the text is no time in the accepted form, outside the accepted years, or lacks an offset that it needs.

    Examples
    --------
    >>> parse_timestamp("2026-03-01 12:30+02:00").isoformat()
    '2026-03-01T10:30:00+00:00'
    >>> parse_timestamp("2026-03-01 12:30:00.5+00").isoformat()
    '2026-03-01T12:30:00.500000+00:00'
    >>> parse_timestamp("2026-03-01 12:30", "Europe/Berlin").isoformat()
    '2026-03-01T11:30:00+00:00'
    """
    text = text.strip()
    if _TIMESTAMP.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not an ISO 8601 time")
    # Python 3.11 wants three or six digits of a second's fraction, and knows no UTC by name.
    named = re.sub(r" ?UTC$", "+00:00", text)
    padded = _FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), named)
    return as_utc(datetime.fromisoformat(padded), zone)


def as_utc(moment: datetime, zone: str | None = UTC_ZONE) -> datetime:
    """Return a time in UTC; without an offset it is one of the zone, see :func:`parse_timestamp`.

    Raises
    ------
    ValueError
        If it is outside the accepted years, or lacks an offset that it needs.
    """
    try:
        moment = (_on_clocks(moment, zone) if moment.tzinfo is None else moment).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{moment} is outside the calendar") from error
    if not LOWEST <= moment < HIGHEST:
        raise ValueError(f"{moment.isoformat()} is not between the years {LOWEST.year} and {HIGHEST.year}")
    return moment


class _OffsetNeededError(ValueError):
    """A time is clear only with its offset from UTC."""


def _on_clocks(moment: datetime, zone: str | None) -> datetime:
    if zone == UTC_ZONE:
        return moment.replace(tzinfo=UTC)
    if zone is None:
        raise _OffsetNeededError(f"{moment.isoformat()} has no offset from UTC")
    found = moment.replace(tzinfo=ZoneInfo(zone))
    if found.utcoffset() != found.replace(fold=1).utcoffset():
        raise _OffsetNeededError(f"{moment.isoformat()} comes twice or never on the clocks of {zone}")
    return found


def lacks_offset(text: str, zone: str | None) -> bool:
    """Return whether a time would be read if it had an offset from UTC.

    >>> lacks_offset("2026-10-25 02:30", "Europe/Berlin"), lacks_offset("2026-10-25 03:30", "Europe/Berlin")
    (True, False)
    >>> lacks_offset("2026-03-01", None), lacks_offset("soon", None)
    (True, False)
    """
    try:
        parse_timestamp(text, zone)
    except _OffsetNeededError:
        return True
    except ValueError:
        pass
    return False


def read_timestamps(column: pa.Array, zone: str | None = UTC_ZONE) -> tuple[pa.Array, Mask]:
    """Read a column as times in UTC; null where one is missing or unreadable, and a mask of the unreadable.

    Parameters
    ----------
    column
        Texts, times or days.
    zone
        Where clocks show times that are written without an offset, see :func:`parse_timestamp`.
    """
    if pa.types.is_date(column.type):
        days = pa.types.is_date32(column.type)
        column = column.cast(pa.int32() if days else pa.int64()).cast(pa.int64())
        return _from_clocks(*_moments(column, a_day=1 if days else 86_400 * 1_000), zone)
    if pa.types.is_timestamp(column.type):
        found = _moments(column.cast(pa.int64()), a_day=86_400 * _UNITS_A_SECOND[column.type.unit])
        return found if column.type.tz else _from_clocks(*found, zone)
    if not pa.types.is_string(column.type):
        return unreadable(column, pa.timestamp("us", "UTC"))
    texts = without_words(column, lower=False)
    formed = true_where(pc.match_substring_regex(texts, TIMESTAMP_PATTERN))
    parsed = pd.to_datetime(_as_pandas_reads(blanked(texts, ~formed)), format="ISO8601", utc=True, errors="coerce")
    moments = pa.array(parsed.dt.tz_convert(None).to_numpy(), pa.timestamp("us"), from_pandas=True)
    bad = true_where(pc.is_valid(texts)) & true_where(pc.is_null(moments))
    typed, outside = _moments(moments.cast(pa.int64()), a_day=MICROSECONDS_A_DAY)
    if zone == UTC_ZONE:
        return typed, bad | outside
    have_offset = true_where(pc.match_substring_regex(texts, WITH_OFFSET))
    of_clocks, unclear = _from_clocks(typed, bad | outside, zone)
    return pc.if_else(pa.array(have_offset), typed, of_clocks), bad | outside | (unclear & ~have_offset)


def _from_clocks(moments: pa.Array, bad: Mask, zone: str | None) -> tuple[pa.Array, Mask]:
    """Return in UTC what was read as if clocks showed UTC; what comes twice or never on them is bad, as in :func:`_on_clocks`."""
    if zone == UTC_ZONE:
        return moments, bad
    given = true_where(pc.is_valid(moments))
    if zone is None:
        return blanked(moments, given), bad | given
    plain = moments.cast(pa.timestamp("us"))
    first, last = (
        pc.assume_timezone(plain, zone, ambiguous=which, nonexistent=which).cast(moments.type)
        for which in ("earliest", "latest")
    )
    typed, outside = _moments(first.cast(pa.int64()), a_day=MICROSECONDS_A_DAY)
    unclear = outside | ~true_where(pc.equal(first, last)) & given
    return blanked(typed, unclear), bad | unclear


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
