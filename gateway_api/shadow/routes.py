"""What a challenger would have answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request

from gateway_api.gateway import gateway_of
from gateway_api.shadow.answers import ShadowReport, shadow_report
from gateway_api.shadow.reference import SHADOW
from gateway_api.wire.parameters import SinceUntilQuery, UseCasePath
from gateway_api.wire.time_spans import whole_range
from monitoring.performance.version_counts import counts_of_classes, counts_of_numbers
from sql.shadow.scores import ShadowWindow, compare, count_both, newest_challenger

USUAL_RANGE = timedelta(days=7)

router = APIRouter(tags=["Models"])


class ShadowQuery(SinceUntilQuery):
    """Which rows are compared."""

    challenger: int | None = Field(
        default=None,
        ge=1,
        le=2**31 - 1,
        description="Version that scored in shadow; if not given, the newest that did.",
    )


@router.get("/models/{use_case}/shadow", **SHADOW)
def shadow(request: Request, use_case: UseCasePath, query: Annotated[ShadowQuery, Query()]) -> ShadowReport:
    """Compare a challenger with the champion on the rows that both answered."""
    gateway = gateway_of(request)
    known = gateway.use_case(use_case)
    now = datetime.now(UTC)
    until = query.until or now
    start, end = whole_range(query.since or until - USUAL_RANGE, until, now)
    challenger = query.challenger or newest_challenger(gateway.reads, known, start, end)
    # Without a challenger the comparison is one with nobody: it still tells how many rows there were.
    window = ShadowWindow(use_case=known, start=start, end=end, challenger=challenger or 0)
    found = compare(gateway.reads, window)
    outcomes, scores, errors = count_both(gateway.reads, window)
    counted = counts_of_classes(outcomes, scores) if known.task.definition.names_classes else counts_of_numbers(errors)
    sides = {side: counts for side, by_start in counted.items() for counts in by_start.values()}
    return shadow_report(window, challenger, found, sides)
