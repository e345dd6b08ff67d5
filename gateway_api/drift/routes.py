"""GET /monitoring/drift and /monitoring/quality: whether the population moved, and what arrives is good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, model_validator
from starlette.requests import Request

from broker.messages import Source
from gateway_api.drift.answers import (
    ColumnCount,
    DriftAnswer,
    DriftSpan,
    DriverAnswer,
    FeatureDriftAnswer,
    Freshness,
    HistogramCell,
    RefusedBatch,
    WatchedQuality,
    WatchedSpan,
)
from gateway_api.drift.reference import DRIFT, WATCHED_QUALITY
from gateway_api.gateway import gateway_of
from gateway_api.quarantine.answers import BadBatchAnswer, RuleCount
from gateway_api.quarantine.requests import UseCaseQuery
from gateway_api.wire.parameters import Moment
from gateway_api.wire.time_spans import Spans, cut_time, whole_range
from monitoring.drift_report import DriftReport, read_drift
from monitoring.verdicts import CELLS, Driver, FeatureDrift
from sql.drift.windows import DriftWindow
from sql.quality.arrivals import ArrivedSpan, Heard, read_arrivals, read_heard, read_refused
from sql.quality.rates import QualityWindow, read_quality
from usecases.spec import UseCase

USUAL_RANGE = timedelta(days=1)
MOST_SPANS = 60
"""Spans of time: as many as a chart on a page can tell apart."""

router = APIRouter(tags=["Monitoring"])


class WatchQuery(UseCaseQuery):
    """Which stretch of time."""

    since: Moment | None = Field(default=None, description="From then on; if not given, a day before `until`.")
    until: Moment | None = Field(default=None, description="Before then; if not given, until now.")

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("since has to lie before until")
        return self

    @property
    def spans(self) -> Spans:
        """The stretch, cut into spans."""
        now = datetime.now(UTC)
        until = self.until or now
        return cut_time(*whole_range(self.since or until - USUAL_RANGE, until, now), MOST_SPANS)


class DriftQuery(WatchQuery):
    """Which rows are judged."""

    source: Source | None = Field(default=None, description="Only those that came through this door.")
    model_version: int | None = Field(
        default=None,
        ge=1,
        le=2**31 - 1,
        description="Only those of this version; if not given, of the last that served.",
    )


@router.get("/monitoring/drift", **DRIFT)
def drift(request: Request, query: Annotated[DriftQuery, Query()]) -> DriftAnswer:
    """Judge whether what is scored still looks like what the model was trained on."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    spans = query.spans
    window = DriftWindow(
        use_case=use_case.name,
        since=spans.start,
        until=spans.end,
        source=query.source,
        model_version=query.model_version,
    )
    report = read_drift(gateway.engine, use_case, window, spans.width)
    return DriftAnswer(
        use_case=use_case.name,
        since=spans.start,
        until=spans.end,
        bucket_seconds=int(spans.width.total_seconds()),
        source=query.source,
        model_version=report.model_version,
        has_reference=report.reference is not None,
        verdict=report.verdict,
        rows=report.rows,
        rows_of_other_versions=report.rows_of_others,
        minimum_rows=use_case.drift.minimum_rows,
        max_psi=use_case.drift.max_psi,
        features=[_feature(use_case, report, one) for one in report.features],
    )


@router.get("/monitoring/quality", **WATCHED_QUALITY)
def quality(request: Request, query: Annotated[WatchQuery, Query()]) -> WatchedQuality:
    """Follow what arrives: rows, bad rows, refused files, and whether anything arrives at all."""
    gateway = gateway_of(request)
    use_case, spans = gateway.use_case(query.use_case), query.spans
    window = QualityWindow(use_case=use_case.name, start=spans.start, end=spans.end)
    found = read_quality(gateway.engine, window, spans.width)
    by_column: Counter[str | None] = Counter()
    for rule in found.by_rule:
        by_column[rule.column] += rule.rows
    return WatchedQuality(
        use_case=use_case.name,
        since=spans.start,
        until=spans.end,
        bucket_seconds=int(spans.width.total_seconds()),
        rows_in=found.totals.rows_in,
        quarantined=found.totals.quarantined,
        bad_share=_share(found.totals.quarantined, found.totals.rows_in),
        max_bad_share=use_case.quality.max_bad_share,
        freshness=_freshness(read_heard(gateway.engine, use_case.name), datetime.now(UTC)),
        trend=[_span(span) for span in read_arrivals(gateway.engine, window, spans.width)],
        by_column=[ColumnCount(column=column, rows=rows) for column, rows in by_column.most_common()],
        by_rule=[RuleCount(**asdict(rule)) for rule in found.by_rule],
        by_batch=[BadBatchAnswer(**asdict(batch)) for batch in found.by_batch],
        refused=[
            RefusedBatch(**asdict(one), is_schema_change=one.is_schema_change)
            for one in read_refused(gateway.engine, window)
        ],
    )


def _feature(use_case: UseCase, report: DriftReport, found: FeatureDrift) -> FeatureDriftAnswer:
    feature = use_case.features_by_name.get(found.feature)
    cells = [slot.kind in CELLS for slot in found.slots]
    trained = sum(slot.trained for slot, is_cell in zip(found.slots, cells, strict=True) if is_cell)
    served = sum(count for count, is_cell in zip(found.served, cells, strict=True) if is_cell)
    plain: dict[str, Any] = {
        name: getattr(found, name)
        for name in (
            "feature", "is_number", "verdict", "psi", "excess_psi", "jensen_shannon", "p_value", "mean_trained",
            "mean_served", "mean_shift", "missing_trained", "missing_served",
        )
    }  # fmt: skip
    return FeatureDriftAnswer(
        **plain,
        title=feature.label if feature is not None else found.feature.capitalize(),
        chi_square=None if found.chi_square is None else found.chi_square.statistic,
        ks=None if found.ks is None else found.ks.statistic,
        histogram=[
            HistogramCell(
                label=slot.label,
                kind=slot.kind.value,
                trained=slot.trained,
                served=count,
                trained_share=_share(slot.trained, trained) or 0.0,
                served_share=_share(count, served) or 0.0,
            )
            for slot, count in zip(found.slots, found.served, strict=True)
        ],
        over_time=[DriftSpan(**asdict(span)) for span in report.over_time.get(found.feature, ())],
        batches=_drivers(report.batches.get(found.feature, ()), report),
        sources=[
            DriverAnswer(name=one.name, batch_id=None, rows=one.rows, part=one.part)
            for one in report.sources.get(found.feature, ())
        ],
    )


def _drivers(drivers: Sequence[Driver], report: DriftReport) -> list[DriverAnswer]:
    return [
        DriverAnswer(name=report.batch_names[one.name], batch_id=UUID(one.name), rows=one.rows, part=one.part)
        for one in drivers
    ]


def _span(span: ArrivedSpan) -> WatchedSpan:
    return WatchedSpan(**asdict(span), bad_share=_share(span.quarantined, span.rows_in))


def _freshness(heard: Heard, now: datetime) -> Freshness:
    last = heard.last_at
    return Freshness(
        last_batch_at=heard.last_batch_at,
        last_prediction_at=heard.last_prediction_at,
        silent_seconds=None if last is None else max(0.0, (now - last).total_seconds()),
    )


def _share(rows: int, of: int) -> float | None:
    return rows / of if of else None
