"""How good the models were, as types."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from gateway_api.wire.answers import Answer
from usecases.tasks.task import Task


class Metric(Answer):
    """A measured number."""

    value: float = Field(description="The number.")
    low: float | None = Field(description="Lower end of its 95 % interval; none where none is known for it.")
    high: float | None = Field(description="Upper end.")


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


class VersionPerformance(Answer):
    """A version of the model."""

    model_version: int = Field(description="The version.")
    predictions: int = Field(description="Its predictions.")
    labelled: int = Field(description="Those of them of which it is known what came true.")
    metrics: dict[str, Metric] = Field(description="What the labels say, by name; empty without any.")
    by_class: dict[str, dict[str, Metric]] | None = Field(description="The metrics of each class; multiclass only.")
    confusion: dict[str, dict[str, int]] | None = Field(
        description="Labelled rows by predicted class, then by the class that came true; none where numbers are predicted."
    )
    estimate: EstimateAnswer | None = Field(description="What is to be expected; none where numbers are predicted.")
    buckets: list[PerformanceBucket] = Field(description="The same over time, the earliest first.")


class Performance(Answer):
    """How good each version was, over time."""

    use_case: str = Field(description="The use case.")
    task: Task = Field(description="Kind of answer; it decides which metrics there are.")
    start: datetime = Field(description="Where the first span begins: as asked, widened to a round time.")
    end: datetime = Field(description="Where the last span ends, widened alike.")
    bucket_seconds: int = Field(description="Width of a span.")
    versions: list[VersionPerformance] = Field(description="Those that predicted in it, the newest first.")
