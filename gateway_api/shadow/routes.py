"""GET /models/{use_case}/shadow: what a challenger would have answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request

from gateway_api.gateway import gateway_of
from gateway_api.performance.answers import Metric
from gateway_api.performance.measured import Counts, counts_of_classes, counts_of_numbers, metrics_of, shown
from gateway_api.performance.routes import SinceUntilQuery
from gateway_api.shadow.answers import ScoreDifference, ShadowReport, ShadowSegment
from gateway_api.shadow.reference import SHADOW
from gateway_api.wire.parameters import UseCasePath
from gateway_api.wire.time_spans import whole_range
from sql.shadow.scores import (
    CHALLENGER,
    CHAMPION,
    SHARES,
    Comparison,
    Difference,
    ShadowWindow,
    compare,
    count_both,
    newest_challenger,
)
from usecases.metrics.intervals import proportion
from usecases.spec import UseCase

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
    challenger = query.challenger or newest_challenger(gateway.engine, known, start, end)
    # Without a challenger the comparison is one with nobody: it still tells how many rows there were.
    window = ShadowWindow(use_case=known, start=start, end=end, challenger=challenger or 0)
    found = compare(gateway.engine, window)
    outcomes, scores, errors = count_both(gateway.engine, window)
    counted = counts_of_classes(outcomes, scores) if known.task.definition.names_classes else counts_of_numbers(errors)
    sides = {side: counts for side, by_start in counted.items() for counts in by_start.values()}
    return _report(window, challenger, found, sides)


def _report(
    window: ShadowWindow, challenger: int | None, found: Comparison, sides: Mapping[int, Counts]
) -> ShadowReport:
    use_case = window.use_case
    compared = sum(pair.rows for pair in found.pairs)
    return ShadowReport(
        use_case=use_case.name,
        start=window.start,
        end=window.end,
        challenger=challenger,
        champions=list(found.champions),
        predictions=found.predictions,
        compared=compared,
        different=_different(use_case, found.pairs, compared),
        confusion=_confusion(use_case, found.pairs) if use_case.task.definition.names_classes else None,
        difference=_difference(found.difference),
        segments=[ShadowSegment(**segment._asdict()) for segment in found.segments],
        labelled=max((counts.labelled for counts in sides.values()), default=0),
        champion_metrics=_metrics(use_case, sides.get(CHAMPION)),
        challenger_metrics=_metrics(use_case, sides.get(CHALLENGER)),
    )


def _different(use_case: UseCase, pairs: Any, compared: int) -> Metric | None:
    if not use_case.task.definition.names_classes:
        return None
    share = proportion(sum(pair.rows for pair in pairs if pair.champion != pair.challenger), compared)
    return None if share is None else Metric(**asdict(share))


def _confusion(use_case: UseCase, pairs: Any) -> dict[str, dict[str, int]]:
    rows = {(pair.champion, pair.challenger): pair.rows for pair in pairs}
    names = list(dict.fromkeys([*use_case.classes, *(name for pair in rows for name in pair)]))
    return {one: {other: rows.get((one, other), 0) for other in names} for one in names}


def _difference(found: Difference) -> ScoreDifference:
    percentiles = dict(zip((f"{share:.0%}".rstrip("%") for share in SHARES), found.percentiles or (), strict=False))
    return ScoreDifference(**{**asdict(found), "percentiles": percentiles})


def _metrics(use_case: UseCase, counts: Counts | None) -> dict[str, Metric]:
    return {} if counts is None else shown(metrics_of(use_case, counts)[0])
