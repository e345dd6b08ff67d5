"""Trainings as answers."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from pydantic import Field

from gateway_api.models.answers import GateAnswer
from gateway_api.wire.answers import Answer
from gateway_api.wire.sentences import sentence
from sql.registry.trainings import LearnFrom, Training, TrainingState

Metrics = dict[str, float | None]


class ComparedChampion(Answer):
    """The version that was served when the training ended, on the same rows."""

    version: int = Field(description="The version.")
    metrics: Metrics = Field(description="Its metrics on the holdout of the training.")


class TrainingResult(Answer):
    """What came out of a training."""

    version: int = Field(description="The new version; it is served once it is promoted.")
    digest: str = Field(description="SHA-256 of its model file.")
    rows: int = Field(description="Good rows that were learned from or judged by.")
    rows_left_out: int = Field(description="Rows that were left out.")
    left_out: list[str] = Field(description="Which rows were left out and why.")
    rounds: int = Field(description="Boosting rounds of the model.")
    trials: int = Field(description="Configurations that were tried.")
    holdout: str = Field(description="Which rows judged it.")
    metrics: Metrics = Field(description="Metrics on these rows; none where one cannot be computed.")
    metrics_at_random: Metrics = Field(
        description="What rows drawn at random would have said, where others were held back."
    )
    champion: ComparedChampion | None = Field(
        description="The served version on the same rows; none where there is none that can be compared."
    )
    is_better: bool = Field(description="Whether it does not fall behind the served version on the same rows.")
    gates: list[GateAnswer] = Field(
        description="What the gates say of it; empty where the registry could not be asked."
    )
    may_be_promoted: bool = Field(description="Whether every gate lets it pass.")
    run_url: str = Field(description="Page of the run in MLflow; empty if there is none.")
    report_url: str = Field(description="Page of the report in MLflow; empty if there is none.")


class TrainingAnswer(Answer):
    """A training, and how far it is."""

    training_id: UUID = Field(description="Its id.")
    use_case: str = Field(description="What is trained.")
    learn_from: LearnFrom = Field(description="What it learns from.")
    file_name: str | None = Field(description="Name of the file that it learns from, where it is one.")
    since: datetime | None = Field(description="Of labels: only predictions received then or later.")
    until: datetime | None = Field(description="Of labels: only predictions received before.")
    trials: int = Field(description="Configurations to try.")
    library: str = Field(description="Model library that fits it.")
    state: TrainingState = Field(description="How far it is: it waits for a trainer, runs, or how it ended.")
    step: str | None = Field(description="What it is at, in words; none before it tells.")
    progress: float | None = Field(description="Share of this step that is done, 0 to 1; only fitting knows it.")
    seconds: float | None = Field(description="Time it has taken so far, or took; none before it begins.")
    result: TrainingResult | None = Field(description="What came out of it, where it has succeeded.")
    problem: str | None = Field(description="Why it failed and what to do, or who cancelled it.")
    ordered_by: str = Field(description="Who ordered it.")
    ordered_at: datetime = Field(description="When.")
    started_at: datetime | None = Field(description="When it was begun, the last time if a trainer died.")
    finished_at: datetime | None = Field(description="When it ended.")


class TrainingPage(Answer):
    """Trainings, the newest first."""

    trainings: list[TrainingAnswer] = Field(description="One page of them.")
    next_cursor: str | None = Field(description="Where the next page begins; none on the last.")


def training_answer(training: Training) -> TrainingAnswer:
    """Build the answer about one training."""
    order, began = training.order, training.started_at
    end = training.finished_at or datetime.now(UTC)
    return TrainingAnswer(
        training_id=training.id,
        use_case=order.use_case,
        learn_from=order.learn_from,
        file_name=order.file_name,
        since=order.since,
        until=order.until,
        trials=order.trials,
        library=order.library,
        state=training.state,
        step=training.step,
        progress=training.progress,
        seconds=None if began is None else max(0.0, (end - began).total_seconds()),
        result=None if training.result is None else TrainingResult.model_validate(training.result),
        problem=None if training.problem is None else sentence(training.problem.rstrip(".")),
        ordered_by=training.ordered_by,
        ordered_at=training.ordered_at,
        started_at=began,
        finished_at=training.finished_at,
    )
