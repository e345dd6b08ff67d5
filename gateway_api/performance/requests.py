"""Which predictions are measured, and over which spans of time."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from gateway_api.door.problems import InvalidParameters
from gateway_api.wire.parameters import Moment, SinceUntilQuery, UseCaseQuery
from gateway_api.wire.time_spans import TimeSpans, divide_evenly, divide_time, whole_range

USUAL_RANGE = timedelta(days=30)
MOST_SPANS = 60
"""Spans of time if no width is asked for: as many as a chart can tell apart."""

MOST_ASKED_SPANS = 1_000


class Bucket(StrEnum):
    """Width of a span of time."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"

    @property
    def width(self) -> timedelta:
        """The width."""
        return {Bucket.HOUR: timedelta(hours=1), Bucket.DAY: timedelta(days=1), Bucket.WEEK: timedelta(days=7)}[self]


class PerformanceQuery(SinceUntilQuery, UseCaseQuery):
    """Which predictions are measured."""

    since: Moment | None = Field(
        default=None, description="Received then or later; if not given, from 30 days before `until`."
    )
    bucket: Bucket | None = Field(
        default=None, description="Width of a span of time; if not given, a round one that makes 60 spans or fewer."
    )
    model_version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Only this version.")

    def spans(self, now: datetime) -> TimeSpans:
        """Divide the range into spans.

        Raises
        ------
        InvalidParameters
            If that makes too many.
        """
        until = self.until or now
        start, end = whole_range(self.since or until - USUAL_RANGE, until, now)
        if self.bucket is None:
            return divide_time(start, end, MOST_SPANS)
        if (end - start) / self.bucket.width > MOST_ASKED_SPANS:
            raise InvalidParameters(
                f"That makes more than {MOST_ASKED_SPANS} spans; take a wider bucket or a shorter range."
            )
        return divide_evenly(start, end, self.bucket.width)
