"""How a time is written: one definition for a single row and for a column."""

from __future__ import annotations

import re
from datetime import UTC, datetime

TIMESTAMP_PATTERN = (
    r"\A(1[7-9]|2[01])\d\d-\d\d-\d\d"
    r"([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?)?$"
)
"""ISO 8601 as people and programs write it; both parsers behind it read all of it alike."""

LOWEST, HIGHEST = datetime(1700, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""First time that is allowed, and the first that is not: a 64-bit float holds all microseconds between exactly."""

MICROSECONDS_A_DAY = 86_400_000_000

_TIMESTAMP = re.compile(TIMESTAMP_PATTERN, re.ASCII)


def parse_timestamp(text: str) -> datetime:
    """Read one time as UTC; without an offset it is taken to be UTC.

    Raises
    ------
    ValueError
        If the text is no time in the accepted form, or outside the accepted years.

    Examples
    --------
    >>> parse_timestamp("2026-03-01 12:30+02:00").isoformat()
    '2026-03-01T10:30:00+00:00'
    """
    if _TIMESTAMP.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not an ISO 8601 time")
    # Python 3.11 wants three or six digits of a second's fraction.
    padded = re.sub(r"\.(\d{1,6})", lambda found: "." + found[1].ljust(6, "0"), text)
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
