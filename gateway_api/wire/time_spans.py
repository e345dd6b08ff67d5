"""Divides a range of time into spans of a round width; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_WIDTHS = (
    *(1, 5, 10, 15, 30),
    *(_MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR),
    *(_DAY, 2 * _DAY, 7 * _DAY, 28 * _DAY, 91 * _DAY, 364 * _DAY),
)
"""Widths in seconds that people read off an axis."""

_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
"""Edges lie a whole number of widths from here, so that spans of a week begin on a Monday."""

_BEGIN_OF_TIME = datetime.min.replace(tzinfo=UTC)
_END_OF_TIME = datetime.max.replace(microsecond=0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TimeSpans:
    """A range of time, divided into spans of one width."""

    start: datetime
    end: datetime
    width: timedelta


def whole_range(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """Fill in what was not asked for: until now, and a second where there is no start or it lies behind the end."""
    end = end or now
    latest = end - timedelta(seconds=1)
    return (latest if start is None else min(start, latest)), end


def divide_time(start: datetime, end: datetime, most: int) -> TimeSpans:
    """Choose the smallest round width that needs no more than so many spans; the ends are widened to its edges.

    Parameters
    ----------
    start, end
        What has to be covered.
    most
        Most spans; two or more, for no width keeps every range within one.

    Examples
    --------
    >>> spans = divide_time(datetime(2026, 1, 1, 8, 2, tzinfo=UTC), datetime(2026, 1, 1, 8, 50, tzinfo=UTC), 12)
    >>> print(spans.start.time(), spans.end.time(), spans.width)
    08:00:00 08:50:00 0:05:00
    """
    first = (start - _MONDAY) // timedelta(seconds=1)
    last = -((_MONDAY - end) // timedelta(seconds=1))
    for width in _widths():
        low, high = first // width * width, -(-last // width) * width
        if high - low <= most * width:
            break
    return TimeSpans(_moment(low), _moment(high), timedelta(seconds=width))


def divide_evenly(start: datetime, end: datetime, width: timedelta) -> TimeSpans:
    """Divide a range into spans of a given width; the ends are widened to its edges.

    Examples
    --------
    >>> spans = divide_evenly(datetime(2026, 1, 1, 8, 2, tzinfo=UTC), datetime(2026, 1, 1, 8, 50, tzinfo=UTC), timedelta(hours=1))
    >>> print(spans.start.time(), spans.end.time())
    08:00:00 09:00:00
    """
    low = (start - _MONDAY) // width
    high = -((_MONDAY - end) // width)
    return TimeSpans(_MONDAY + low * width, _MONDAY + high * width, width)


def _widths() -> Iterator[int]:
    yield from _WIDTHS
    width = _WIDTHS[-1]
    while True:
        width *= 2
        yield width


def _moment(seconds: int) -> datetime:
    """Return a moment by its distance from the first Monday; what lies beyond the calendar is its first or last one."""
    first, last = ((end - _MONDAY) // timedelta(seconds=1) for end in (_BEGIN_OF_TIME, _END_OF_TIME))
    return _MONDAY + timedelta(seconds=max(first, min(seconds, last)))
