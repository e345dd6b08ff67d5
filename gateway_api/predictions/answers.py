"""Past predictions, counted over time, as answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from broker.messages import Source
from gateway_api.wire.answers import Answer
from gateway_api.wire.time_spans import TimeSpans
from sql.ledger.recording import NUMBER
from sql.predictions.counts import Counted
from usecases.contract.spec import UseCase


class SummaryBucket(Answer):
    """Predictions of a span of time."""

    start: datetime = Field(description="Where the span begins.")
    rows: int = Field(description="Predictions committed in it.")
    by_class: dict[str, int] | None = Field(description="Predictions of each class; none where numbers are predicted.")
    mean: float | None = Field(description="Mean of the predicted numbers; none where classes are predicted.")


class PredictionSummary(Answer):
    """Predictions, counted over time."""

    use_case: str = Field(description="The use case.")
    start: datetime = Field(description="Where the first span begins: as asked, widened to a round time.")
    end: datetime = Field(description="Where the last span ends, widened alike.")
    bucket_seconds: int = Field(description="Width of a span.")
    rows: int = Field(description="Predictions in all.")
    buckets: list[SummaryBucket] = Field(description="Spans with predictions, the earliest first.")
    by_class: dict[str, int] | None = Field(description="Predictions of each class; none where numbers are predicted.")
    by_source: dict[Source, int] = Field(description="Predictions by the door their rows came through.")
    by_model_version: dict[str, int] = Field(description="Predictions by the version that made them.")


def summary_answer(use_case: UseCase, spans: TimeSpans, counted: Sequence[Counted]) -> PredictionSummary:
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
