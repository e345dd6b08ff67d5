"""Which range of time, and which rows, are watched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from broker.messages import Source
from gateway_api.wire.commands import Command
from gateway_api.wire.parameters import Moment, SinceUntilQuery, UseCaseName, UseCaseQuery
from gateway_api.wire.time_spans import TimeSpans, divide_time, whole_range
from sql.drift.windows import DriftWindow

USUAL_RANGE = timedelta(days=1)
MOST_SPANS = 60
"""Spans of time: as many as a chart on a page can tell apart."""


class WatchQuery(SinceUntilQuery, UseCaseQuery):
    """Which range of time."""

    since: Moment | None = Field(default=None, description="From then on; if not given, a day before `until`.")
    until: Moment | None = Field(default=None, description="Before then; if not given, until now.")

    @property
    def spans(self) -> TimeSpans:
        """The range, divided into spans."""
        now = datetime.now(UTC)
        until = self.until or now
        return divide_time(*whole_range(self.since or until - USUAL_RANGE, until, now), MOST_SPANS)


class DriftQuery(WatchQuery):
    """Which rows are judged."""

    source: Source | None = Field(default=None, description="Only those that came through this door.")
    model_version: int | None = Field(
        default=None,
        ge=1,
        le=2**31 - 1,
        description="Only those of this version; if not given, of the last that served.",
    )

    def window(self, spans: TimeSpans) -> DriftWindow:
        """Return the rows that are meant, within spans of :attr:`spans`."""
        return DriftWindow(
            use_case=self.use_case,
            since=spans.start,
            until=spans.end,
            source=self.source,
            model_version=self.model_version,
        )


class AcceptWindow(Command):
    """Which window is normal, and why."""

    use_case: UseCaseName
    since: Moment
    until: Moment
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    source: Source | None = None
    model_version: int | None = Field(default=None, ge=1, le=2**31 - 1)

    @model_validator(mode="after")
    def _window_is_not_empty(self) -> Self:
        if self.since >= self.until:
            raise ValueError("since has to lie before until")
        return self
