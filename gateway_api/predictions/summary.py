"""GET /past-predictions/summary: how many predictions were made, of what, when."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from broker.messages import Source
from gateway_api.gateway import gateway_of
from gateway_api.quarantine.answers import PredictionSummary, SummaryBucket
from gateway_api.quarantine.reference import SUMMARY
from gateway_api.quarantine.requests import SummaryQuery
from gateway_api.wire.time_spans import Spans, cut_time, whole_range
from sql.ledger.part_counts import NUMBER
from sql.predictions.counts import Counted, CountFilter, count_predictions, first_recorded_at
from usecases.spec import UseCase

router = APIRouter(tags=["Predictions"])


@router.get("/past-predictions/summary", **SUMMARY)
def past_summary(request: Request, query: Annotated[SummaryQuery, Query()]) -> PredictionSummary:
    """Count stored predictions over time, by class, door and model version."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    first = query.start or first_recorded_at(gateway.engine, use_case.name)
    spans = cut_time(*whole_range(first, query.end, datetime.now(UTC)), query.buckets)
    which = CountFilter(
        use_case=use_case.name,
        start=spans.start,
        end=spans.end,
        width=spans.width,
        source=query.source,
        model_version=query.model_version,
    )
    return summary_answer(use_case, spans, count_predictions(gateway.engine, which))


def summary_answer(use_case: UseCase, spans: Spans, counted: Sequence[Counted]) -> PredictionSummary:
    """Add counts up in every direction."""
    by_start: dict[datetime, list[Counted]] = defaultdict(list)
    by_source: Counter[str] = Counter()
    by_version: Counter[str] = Counter()
    for one in counted:
        by_start[one.start].append(one)
        by_source[one.source] += one.rows
        by_version[str(one.model_version)] += one.rows
    return PredictionSummary(
        use_case=use_case.name,
        start=spans.start,
        end=spans.end,
        bucket_seconds=int(spans.width.total_seconds()),
        rows=sum(one.rows for one in counted),
        buckets=[_bucket(use_case, start, found) for start, found in sorted(by_start.items())],
        by_class=_by_class(use_case, counted),
        by_source={Source(source): rows for source, rows in by_source.most_common()},
        by_model_version=dict(sorted(by_version.items(), key=lambda item: int(item[0]))),
    )


def _bucket(use_case: UseCase, start: datetime, counted: Sequence[Counted]) -> SummaryBucket:
    rows = sum(one.rows for one in counted)
    return SummaryBucket(start=start, rows=rows, by_class=_by_class(use_case, counted), mean=_mean(counted, rows))


def _by_class(use_case: UseCase, counted: Sequence[Counted]) -> dict[str, int] | None:
    """Count by class, in the order of the use case; one that it has no longer comes last."""
    if not use_case.task.definition.names_classes:
        return None
    rows: Counter[str] = Counter(dict.fromkeys(use_case.classes, 0))
    for one in counted:
        rows[one.predicted] += one.rows
    return dict(rows)


def _mean(counted: Sequence[Counted], rows: int) -> float | None:
    if any(one.predicted != NUMBER or one.total is None for one in counted):
        return None
    return sum(one.total for one in counted if one.total is not None) / rows
