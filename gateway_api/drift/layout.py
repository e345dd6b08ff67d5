"""Builds the answers about drift and quality from what was measured; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway_api.drift.answers import (
    AcceptedWindowAnswer,
    ChangeAnswer,
    ColumnCount,
    DriftAnswer,
    DriftByKeyAnswer,
    DriftSpan,
    DriverAnswer,
    FalseAlarmsAnswer,
    FeatureDriftAnswer,
    Freshness,
    HistogramCell,
    KeyDriftAnswer,
    RefusedBatch,
    WatchedQuality,
    WatchedSpan,
    WindowLimitsAnswer,
)
from gateway_api.wire.answers import BadBatchAnswer, RuleCount
from gateway_api.wire.time_spans import TimeSpans
from monitoring.drift.columns import CELLS
from monitoring.drift.drivers import Driver
from monitoring.drift.key_report import KeyReport
from monitoring.drift.report import DriftReport
from monitoring.drift.verdicts import FeatureDrift
from sql.drift.accepted import AcceptedWindow
from sql.drift.windows import DriftWindow
from sql.quality.arrivals import ArrivedSpan, Heard, Refused
from sql.quality.rates import Quality
from usecases.contract.spec import UseCase


def drift_answer(use_case: UseCase, window: DriftWindow, spans: TimeSpans, report: DriftReport) -> DriftAnswer:
    """Build the answer about drift."""
    return DriftAnswer(
        use_case=use_case.name,
        since=spans.start,
        until=spans.end,
        bucket_seconds=int(spans.width.total_seconds()),
        source=window.source,
        model_version=report.model_version,
        has_reference=report.reference is not None,
        verdict=report.verdict,
        rows=report.rows,
        rows_of_other_versions=report.rows_of_others,
        minimum_rows=use_case.drift.minimum_rows,
        max_psi=use_case.drift.max_psi,
        false_alarms=_false_alarms(report),
        features=[_feature(use_case, report, one) for one in report.features],
        keys=list(use_case.drift.keys),
    )


def key_answer(use_case: UseCase, window: DriftWindow, report: KeyReport) -> DriftByKeyAnswer:
    """Build the answer about drift by key."""
    plain = {
        name: getattr(report, name)
        for name in (
            "model_version",
            "has_reference",
            "verdict",
            "keys",
            "new_keys",
            "moved_keys",
            "rows",
            "rows_not_kept",
        )
    }
    return DriftByKeyAnswer(
        **plain,
        use_case=use_case.name,
        since=report.since,
        until=report.until,
        source=window.source,
        columns=list(report.columns),
        worst=[KeyDriftAnswer(**asdict(one), title=_title(use_case, one.feature)) for one in report.worst],
    )


def _title(use_case: UseCase, name: str) -> str:
    feature = use_case.features_by_name.get(name)
    return feature.label if feature is not None else name.capitalize()


def _false_alarms(report: DriftReport) -> FalseAlarmsAnswer | None:
    expected = report.alarms
    if expected is None:
        return None
    return FalseAlarmsAnswer(
        per_month=expected.per_month,
        window_seconds=int(expected.window.total_seconds()),
        rows=expected.rows,
        not_known=list(expected.not_known),
    )


def accepted_answer(window: AcceptedWindow) -> AcceptedWindowAnswer:
    """Build the answer about an accepted window."""
    shown = {name: value for name, value in asdict(window).items() if name != "reference"}
    return AcceptedWindowAnswer(**shown)


@dataclass(frozen=True, slots=True)
class Watched:
    """All that was read about what arrives."""

    found: Quality
    heard: Heard
    arrivals: Sequence[ArrivedSpan]
    refused: Sequence[Refused]


def quality_answer(use_case: UseCase, spans: TimeSpans, watched: Watched, now: datetime) -> WatchedQuality:
    """Build the answer about what arrived."""
    found = watched.found
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
        freshness=_freshness(watched.heard, now),
        trend=[_span(span) for span in watched.arrivals],
        by_column=[ColumnCount(column=column, rows=rows) for column, rows in by_column.most_common()],
        by_rule=[RuleCount(**asdict(rule)) for rule in found.by_rule],
        by_batch=[BadBatchAnswer(**asdict(batch)) for batch in found.by_batch],
        refused=[RefusedBatch(**asdict(one), is_schema_change=one.is_schema_change) for one in watched.refused],
    )


def _feature(use_case: UseCase, report: DriftReport, found: FeatureDrift) -> FeatureDriftAnswer:
    change = report.changes.get(found.feature)
    cells = [slot.kind in CELLS for slot in found.slots]
    trained = sum(slot.trained for slot, is_cell in zip(found.slots, cells, strict=True) if is_cell)
    served = sum(count for count, is_cell in zip(found.served, cells, strict=True) if is_cell)
    plain: dict[str, Any] = {
        name: getattr(found, name)
        for name in (
            "feature", "is_number", "verdict", "psi", "excess_psi", "jensen_shannon", "p_value", "mean_trained",
            "mean_served", "mean_shift", "missing_trained", "missing_served", "outside", "accepted",
        )
    }  # fmt: skip
    return FeatureDriftAnswer(
        **plain,
        title=_title(use_case, found.feature),
        limits=None if found.limits is None else WindowLimitsAnswer(**asdict(found.limits)),
        change=None if change is None else ChangeAnswer(**asdict(change)),
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
