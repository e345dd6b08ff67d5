"""Answers that several topics give, and the base of all; the reference docs are made of them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from broker.messages import Source
from monitoring.performance.measures import Metrics
from usecases.checking.reasons import Reason


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Check(Answer):
    """One thing that has to work."""

    name: str = Field(description="What was looked at.")
    ok: bool = Field(description="Whether it works.")
    detail: str = Field(description="What was found.")


class RowError(Answer):
    """One thing wrong with one row."""

    row: int = Field(description="Number of the row, counted from 1.")
    pointer: str = Field(description="Where in the body, as RFC 6901 writes it.")
    column: str | None = Field(description="Column at fault; none where the whole row is.")
    rule: str = Field(description="Rule that was broken.")
    value: str | None = Field(description="The value found, shortened.")
    message: str = Field(description="What is wrong, in words.")


class ParameterError(Answer):
    """One thing wrong with a parameter."""

    parameter: str = Field(description="Its name.")
    in_: str = Field(alias="in", description="Where it stood: query, path, header or body.")
    message: str = Field(description="What is wrong, in words.")


class ProblemAnswer(BaseModel):
    """Problem details after RFC 9457; further members belong to the code."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str = Field(description="Where the docs explain this problem.")
    title: str = Field(description="What kind of problem, in words; the same for every one of its code.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened here, and what to do.")
    instance: str = Field(description="This very answer, as a URN of its request id.")
    code: str = Field(description="Short name of the problem, for programs.")
    request_id: UUID = Field(description="Id under which the gateway's log knows the request.")
    errors: list[RowError | ParameterError] = Field(default=[], description="Where several things are wrong: each.")
    errors_total: int | None = Field(default=None, description="Number of errors where not all are listed.")
    checks: list[Check] = Field(default=[], description="Of a pipeline that is not ready: what was looked at.")


class StoredPrediction(Answer):
    """A prediction as it is stored."""

    id: UUID = Field(description="Id of the prediction; ordered by time.")
    batch_id: UUID = Field(description="Batch, or request, the row came with.")
    row_number: int = Field(description="Number of the row in it, counted from 1.")
    source: Source = Field(description="Door through which the row came.")
    model_version: int = Field(description="Version that predicted.")
    received_at: datetime = Field(description="When the row was received.")
    created_at: datetime = Field(description="When the prediction was stored.")
    key: str | None = Field(default=None, description="Key of the row; only where the use case has one.")
    prediction: str | float = Field(description="The predicted class or value.")
    score: float | None = Field(description="Probability, where the task has one.")
    scores: dict[str, float] | None = Field(default=None, description="Probability of every class; multiclass only.")
    label: str | float | None = Field(description="The class or value that came true; none where it is not known.")
    labelled_at: datetime | None = Field(description="When that was known.")
    features: dict[str, Any] = Field(description="The values the prediction was made from.")


class PredictionPage(Answer):
    """Stored predictions."""

    use_case: str = Field(description="Use case they are of.")
    predictions: list[StoredPrediction] = Field(description="One page of them.")
    next_cursor: str | None = Field(description="Where the next page begins; none on the last.")
    searched_to: datetime | None = Field(
        description=("Where a search for rare rows rests before the page is full; the next page goes on from there.")
    )
    archived_rows: int = Field(
        default=0,
        description="Rows of the days, or the batch, asked for that are archived and so in no page; told on the last one.",
    )


class QuarantinedRow(Answer):
    """A bad row, kept as it came."""

    row_number: int = Field(description="Number of the row in its batch, counted from 1.")
    raw: str = Field(description="The row as it came: a JSON object, or the text that was none.")
    reasons: list[Reason] = Field(description="Everything that is wrong with it.")
    created_at: datetime = Field(description="When it was refused.")
    replayed_as: UUID | None = Field(description="Batch under which it was sent again after repair.")
    replayed_at: datetime | None = Field(description="When it was sent again.")
    discarded_at: datetime | None = Field(description="When it was discarded; it is never sent again then.")
    discarded_by: str | None = Field(description="Who discarded it, as they call themselves.")
    discarded_reason: str | None = Field(description="Why.")


class RuleCount(Answer):
    """A rule and the rows that broke it."""

    column: str | None = Field(description="Column at fault; none where the whole row is.")
    rule: str = Field(description="Rule that was broken.")
    rows: int = Field(description="Rows that broke it.")
    example: str | None = Field(description="A value that did.")
    message: str = Field(description="What is wrong with that value, in words.")


class BadBatchAnswer(Answer):
    """A batch that brought bad rows."""

    batch_id: UUID = Field(description="Id of the batch.")
    name: str = Field(description="File name or message id.")
    source: Source = Field(description="Door through which it came.")
    received_at: datetime = Field(description="When it arrived.")
    rows_in: int = Field(description="Rows read.")
    quarantined: int = Field(description="Bad rows among them.")
    not_kept: int = Field(
        default=0, description="Those of the bad rows that only the refused file itself holds, or what a job reads."
    )
    replayed: int = Field(description="Bad rows that were sent again since.")
    discarded: int = Field(default=0, description="Bad rows that were discarded since.")


class Metric(Answer):
    """A measured number."""

    value: float = Field(description="The number.")
    low: float | None = Field(description="Lower end of its 95 % interval; none where none is known for it.")
    high: float | None = Field(description="Upper end.")


def metric_answers(metrics: Metrics) -> dict[str, Metric]:
    """Build the answers about metrics, by name."""
    return {name: Metric(**asdict(measured)) for name, measured in metrics.items()}
