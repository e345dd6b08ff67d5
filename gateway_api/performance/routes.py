"""GET /monitoring/metrics: how good each version was, from what came true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import Field, model_validator
from starlette.requests import Request

from gateway_api.door.problems import InvalidParameters
from gateway_api.gateway import gateway_of
from gateway_api.performance.answers import Performance
from gateway_api.performance.measured import counts_of_classes, counts_of_numbers, performance_answer
from gateway_api.performance.reference import PERFORMANCE
from gateway_api.quarantine.requests import UseCaseQuery
from gateway_api.wire.parameters import Moment
from gateway_api.wire.parameters import Query as Strict
from gateway_api.wire.time_spans import Spans, cut_evenly, cut_time, whole_range
from sql.labels.performance import PerformanceWindow, count_outcomes, count_scores, sum_errors

USUAL_RANGE = timedelta(days=30)
MOST_SPANS = 60
"""Spans of time if no width is asked for: as many as a chart can tell apart."""

MOST_ASKED_SPANS = 1_000

router = APIRouter(tags=["Monitoring"])


class Bucket(StrEnum):
    """Width of a span of time."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"

    @property
    def width(self) -> timedelta:
        """The width."""
        return {Bucket.HOUR: timedelta(hours=1), Bucket.DAY: timedelta(days=1), Bucket.WEEK: timedelta(days=7)}[self]


class SinceUntilQuery(Strict):
    """Which stretch of time."""

    since: Moment | None = Field(
        default=None, description="Received then or later; if not given, from some time before `until`."
    )
    until: Moment | None = Field(default=None, description="Received before; if not given, until now.")

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("since has to lie before until")
        return self


class PerformanceQuery(SinceUntilQuery, UseCaseQuery):
    """Which predictions are measured."""

    since: Moment | None = Field(
        default=None, description="Received then or later; if not given, from 30 days before `until`."
    )
    bucket: Bucket | None = Field(
        default=None, description="Width of a span of time; if not given, a round one that makes 60 spans or fewer."
    )
    model_version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Only this version.")


@router.get("/monitoring/metrics", **PERFORMANCE)
def performance(request: Request, query: Annotated[PerformanceQuery, Query()]) -> Performance:
    """Measure every version against what came true, over time, beside what is to be expected of it."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    spans = _spans(query, datetime.now(UTC))
    window = PerformanceWindow(
        use_case=use_case, start=spans.start, end=spans.end, width=spans.width, model_version=query.model_version
    )
    if use_case.task.definition.names_classes:
        counted = counts_of_classes(count_outcomes(gateway.engine, window), count_scores(gateway.engine, window))
    else:
        counted = counts_of_numbers(sum_errors(gateway.engine, window))
    return performance_answer(use_case, spans, counted)


def _spans(query: PerformanceQuery, now: datetime) -> Spans:
    until = query.until or now
    start, end = whole_range(query.since or until - USUAL_RANGE, until, now)
    if query.bucket is None:
        return cut_time(start, end, MOST_SPANS)
    if (end - start) / query.bucket.width > MOST_ASKED_SPANS:
        raise InvalidParameters(
            f"That makes more than {MOST_ASKED_SPANS} spans; take a wider bucket or a shorter range."
        )
    return cut_evenly(start, end, query.bucket.width)
