"""TimeSpans of time: round, within their number, and covering what was asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway_api.wire.parameters import RangeQuery
from gateway_api.wire.time_spans import divide_time, whole_range

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds it


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T12:30:00 02:00", "2026-03-01 12:30 0200", "2026-03-01T12:30:00.000 02:00", "2026-03-01T12:30:00+02:00",
        "2026-03-01 10:30", "2026-03-01 10:30:00+00", "2026-03-01 10:30:00 00", "2026-03-01 12:30+02", "2026-03-01T08:30:00.0-0200",
        "2026-03-01T10:30 UTC", "2026-03-01T10:30:00UTC",
    ],
)  # fmt: skip
def test_an_offset_is_one_as_databases_write_it_and_as_an_address_leaves_it(written: str) -> None:
    assert RangeQuery.model_validate({"start": written}).start == datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


@given(MOMENTS, MOMENTS, st.integers(2, 1_000))
@example(datetime(1970, 1, 1, tzinfo=UTC), datetime(2991, 1, 1, tzinfo=UTC), 2)
@example(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), 2)
def test_spans_cover_what_was_asked_within_their_number(one: datetime, other: datetime, most: int) -> None:
    start, end = min(one, other), max(one, other) + timedelta(milliseconds=1)
    spans = divide_time(start, end, most)
    assert spans.start <= start
    assert spans.end >= end
    assert spans.end - spans.start <= most * spans.width
    assert spans.start == divide_time(spans.start, spans.end, most).start


@pytest.mark.parametrize(
    ("hours", "most", "width"),
    [(1, 60, 60), (24, 60, 1_800), (24 * 7, 60, 3 * 3_600), (24 * 365, 60, 7 * 86_400), (1, 1_000, 5)],
)
def test_widths_are_those_people_read(hours: int, most: int, width: int) -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    assert divide_time(start, start + timedelta(hours=hours), most).width == timedelta(seconds=width)


def test_weeks_begin_on_a_monday() -> None:
    spans = divide_time(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC), 60)
    assert (spans.width, spans.start.strftime("%A")) == (timedelta(days=7), "Monday")


def test_a_range_is_never_empty() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert whole_range(None, None, now) == (now - timedelta(seconds=1), now)
    assert whole_range(now + timedelta(days=1), None, now) == (now - timedelta(seconds=1), now)
    assert whole_range(now - timedelta(days=1), None, now) == (now - timedelta(days=1), now)
