"""How good each version was, from what came true."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from gateway_api.gateway import gateway_of
from gateway_api.performance.answers import Performance, performance_answer
from gateway_api.performance.reference import PERFORMANCE
from gateway_api.performance.requests import PerformanceQuery
from monitoring.performance.version_counts import counts_of_classes, counts_of_numbers
from sql.forecasts.accuracy import accuracy_by_horizon
from sql.labels.performance import PerformanceWindow, count_outcomes, count_scores, sum_errors

router = APIRouter(tags=["Monitoring"])


@router.get("/monitoring/metrics", **PERFORMANCE)
def performance(request: Request, query: Annotated[PerformanceQuery, Query()]) -> Performance:
    """Measure every version against what came true, over time, beside what is to be expected of it."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    spans = query.spans(datetime.now(UTC))
    window = PerformanceWindow(
        use_case=use_case, start=spans.start, end=spans.end, width=spans.width, model_version=query.model_version
    )
    by_horizon = None if use_case.forecast is None else accuracy_by_horizon(gateway.reads, window)
    if use_case.task.definition.names_classes:
        counted = counts_of_classes(count_outcomes(gateway.reads, window), count_scores(gateway.reads, window))
    else:
        counted = counts_of_numbers(sum_errors(gateway.reads, window))
    return performance_answer(use_case, spans, counted, by_horizon)
