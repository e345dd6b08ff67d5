"""How good the models were, as answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from pydantic import Field

from gateway_api.wire.answers import Answer, Metric, metric_answers
from gateway_api.wire.time_spans import TimeSpans
from monitoring.performance.estimation import Calibration, calibrate, estimate
from monitoring.performance.version_counts import BySpan, Counts, add_counts, metrics_of
from sql.forecasts.accuracy import HorizonAccuracy
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Confusion
from usecases.tasks.task import Task


class EstimateAnswer(Answer):
    """What the metrics probably are, told from the model's own probabilities; no label of the same rows is used."""

    rows: int = Field(description="Predictions it is made from, labelled or not.")
    calibrated: bool = Field(
        description="Whether the probabilities were recalibrated by earlier labels; otherwise the model is taken at its word."
    )
    metrics: dict[str, float] = Field(description="By name.")


class PerformanceBucket(Answer):
    """Predictions of a span of time."""

    start: datetime = Field(description="Where the span begins.")
    predictions: int = Field(description="Predictions received in it.")
    labelled: int = Field(description="Those of them of which it is known what came true: the sample behind `metrics`.")
    metrics: dict[str, Metric] = Field(description="What the labels say, by name; empty without any.")
    estimate: EstimateAnswer | None = Field(description="What is to be expected; none where numbers are predicted.")


class HorizonPerformance(Answer):
    """Forecasts of one horizon."""

    horizon: int = Field(description="Steps from the origin to what was forecast.")
    labelled: int = Field(description="Forecasts of which it is known what came true.")
    mae: float = Field(description="Their mean absolute error.")
    baselines: dict[str, float] = Field(description="That of simple rules on the same rows, by name.")
    coverage: dict[str, float] = Field(
        description="Share of what came true that each interval held, by its percent; empty where there were none."
    )


class VersionPerformance(Answer):
    """A version of the model."""

    model_version: int = Field(description="The version; 0 for a baseline that answers for a forecast without one.")
    predictions: int = Field(description="Its predictions.")
    labelled: int = Field(description="Those of them of which it is known what came true.")
    metrics: dict[str, Metric] = Field(description="What the labels say, by name; empty without any.")
    by_class: dict[str, dict[str, Metric]] | None = Field(description="The metrics of each class; multiclass only.")
    confusion: dict[str, dict[str, int]] | None = Field(
        description="Labelled rows by predicted class, then by the class that came true; none where numbers are predicted."
    )
    estimate: EstimateAnswer | None = Field(description="What is to be expected; none where numbers are predicted.")
    buckets: list[PerformanceBucket] = Field(description="The same over time, the earliest first.")
    by_horizon: list[HorizonPerformance] | None = Field(
        default=None, description="The same by horizon, of what came true; forecasts only."
    )


class Performance(Answer):
    """How good each version was, over time."""

    use_case: str = Field(description="The use case.")
    task: Task = Field(description="Kind of answer; it decides which metrics there are.")
    start: datetime = Field(description="Where the first span begins: as asked, widened to a round time.")
    end: datetime = Field(description="Where the last span ends, widened alike.")
    bucket_seconds: int = Field(description="Width of a span.")
    versions: list[VersionPerformance] = Field(description="Those that predicted in it, the newest first.")


def performance_answer(
    use_case: UseCase,
    spans: TimeSpans,
    counted: BySpan,
    by_horizon: Mapping[int, Sequence[HorizonAccuracy]] | None = None,
) -> Performance:
    """Compute the metrics of every version, on the whole and over time, and of a forecast by horizon."""
    return Performance(
        use_case=use_case.name,
        task=use_case.task,
        start=spans.start,
        end=spans.end,
        bucket_seconds=int(spans.width.total_seconds()),
        versions=[
            _version(use_case, version, counted[version], by_horizon) for version in sorted(counted, reverse=True)
        ],
    )


def _version(
    use_case: UseCase,
    version: int,
    by_start: Mapping[datetime, Counts],
    by_horizon: Mapping[int, Sequence[HorizonAccuracy]] | None,
) -> VersionPerformance:
    whole = add_counts(list(by_start.values()))
    calibrations = calibrate(whole.scores)
    metrics, by_class = metrics_of(use_case, whole)
    return VersionPerformance(
        model_version=version,
        predictions=whole.rows,
        labelled=whole.labelled,
        metrics=metric_answers(metrics),
        by_class=None if by_class is None else {name: metric_answers(found) for name, found in by_class.items()},
        confusion=_table(use_case, whole.confusion) if use_case.task.definition.names_classes else None,
        estimate=_estimate(whole, calibrations),
        buckets=[
            PerformanceBucket(
                start=start,
                predictions=counts.rows,
                labelled=counts.labelled,
                metrics=metric_answers(metrics_of(use_case, counts)[0]),
                estimate=_estimate(counts, calibrations),
            )
            for start, counts in sorted(by_start.items())
        ],
        by_horizon=None
        if by_horizon is None
        else [HorizonPerformance(**asdict(found)) for found in by_horizon.get(version, ())],
    )


def _estimate(counts: Counts, calibrations: Mapping[str, Calibration]) -> EstimateAnswer | None:
    found = estimate(counts.scores, calibrations)
    return None if found is None else EstimateAnswer(**asdict(found))


def _table(use_case: UseCase, confusion: Confusion) -> dict[str, dict[str, int]]:
    """Build the table of counts by class; a class that the use case has no longer comes last."""
    names = list(dict.fromkeys([*use_case.classes, *(name for pair in confusion for name in pair)]))
    return {one: {other: confusion.get((one, other), 0) for other in names} for one in names}
