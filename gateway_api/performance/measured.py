"""From counts to the answer about performance; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any

from gateway_api.performance.answers import (
    EstimateAnswer,
    Metric,
    Performance,
    PerformanceBucket,
    VersionPerformance,
)
from gateway_api.wire.time_spans import Spans
from monitoring.estimation import Calibration, calibrate, estimate
from monitoring.performance import Metrics, add_confusions, measure_classes, measure_each_class, measure_numbers
from usecases.metrics.inputs import ClassCounts, Confusion, ErrorSums, ScoreCount
from usecases.spec import UseCase


@dataclass
class Counts:
    """All that was counted of one version within one span of time."""

    rows: int = 0
    confusion: Confusion = field(default_factory=dict)
    scores: list[ScoreCount] = field(default_factory=list)
    errors: ErrorSums | None = None

    @property
    def labelled(self) -> int:
        """Rows of which it is known what came true."""
        return sum(self.confusion.values()) if self.errors is None else self.errors.labelled


BySpan = Mapping[int, Mapping[datetime, Counts]]
"""Counts by version and start of the span."""


def counts_of_classes(outcomes: Iterable[Any], scores: Iterable[Any]) -> BySpan:
    """Bring what :mod:`sql.labels.performance` counted of classes into order."""
    found: dict[int, dict[datetime, Counts]] = defaultdict(lambda: defaultdict(Counts))
    for row in outcomes:
        counts = found[row.model_version][row.start]
        counts.rows += row.rows
        if row.label is not None:
            counts.confusion = add_confusions([counts.confusion, {(row.prediction, row.label): row.rows}])
    for row in scores:
        values = row._asdict()
        start, version = values.pop("start"), values.pop("model_version")
        found[version][start].scores.append(ScoreCount(**values))
    return found


def counts_of_numbers(errors: Iterable[Any]) -> BySpan:
    """Bring what :mod:`sql.labels.performance` added up of a regression into order."""
    found: dict[int, dict[datetime, Counts]] = defaultdict(dict)
    for row in errors:
        values = row._asdict()
        start, version = values.pop("start"), values.pop("model_version")
        found[version][start] = Counts(rows=row.rows, errors=ErrorSums(**values))
    return found


def performance_answer(use_case: UseCase, spans: Spans, counted: BySpan) -> Performance:
    """Compute the metrics of every version, on the whole and over time."""
    return Performance(
        use_case=use_case.name,
        task=use_case.task,
        start=spans.start,
        end=spans.end,
        bucket_seconds=int(spans.width.total_seconds()),
        versions=[_version(use_case, version, counted[version]) for version in sorted(counted, reverse=True)],
    )


def _version(use_case: UseCase, version: int, by_start: Mapping[datetime, Counts]) -> VersionPerformance:
    whole = _add(list(by_start.values()))
    calibrations = calibrate(whole.scores)
    metrics, by_class = metrics_of(use_case, whole)
    return VersionPerformance(
        model_version=version,
        predictions=whole.rows,
        labelled=whole.labelled,
        metrics=shown(metrics),
        by_class=None if by_class is None else {name: shown(found) for name, found in by_class.items()},
        confusion=_table(use_case, whole.confusion) if use_case.task.definition.names_classes else None,
        estimate=_estimate(whole, calibrations),
        buckets=[
            PerformanceBucket(
                start=start,
                predictions=counts.rows,
                labelled=counts.labelled,
                metrics=shown(metrics_of(use_case, counts)[0]),
                estimate=_estimate(counts, calibrations),
            )
            for start, counts in sorted(by_start.items())
        ],
    )


def _add(spans: Sequence[Counts]) -> Counts:
    sums = [one.errors for one in spans if one.errors is not None]
    return Counts(
        rows=sum(one.rows for one in spans),
        confusion=add_confusions(one.confusion for one in spans),
        scores=[score for one in spans for score in one.scores],
        errors=reduce(add, sums) if sums else None,
    )


def metrics_of(use_case: UseCase, counts: Counts) -> tuple[Metrics, dict[str, Metrics] | None]:
    """Compute the metrics of counts, on the whole and, of several classes, class by class."""
    if counts.errors is not None:
        return measure_numbers(counts.errors), None
    several = use_case.task.definition.class_outputs(use_case.classes)
    found = ClassCounts(several or use_case.classes[1:], counts.confusion, counts.scores)
    return measure_classes(found), measure_each_class(found) if several else None


def _estimate(counts: Counts, calibrations: Mapping[str, Calibration]) -> EstimateAnswer | None:
    found = estimate(counts.scores, calibrations)
    return None if found is None else EstimateAnswer(**asdict(found))


def _table(use_case: UseCase, confusion: Confusion) -> dict[str, dict[str, int]]:
    """Lay the counts out by the classes there are; one that the use case has no longer comes last."""
    names = list(dict.fromkeys([*use_case.classes, *(name for pair in confusion for name in pair)]))
    return {one: {other: confusion.get((one, other), 0) for other in names} for one in names}


def shown(metrics: Metrics) -> dict[str, Metric]:
    """Lay metrics out as an answer."""
    return {name: Metric(**asdict(measured)) for name, measured in metrics.items()}
