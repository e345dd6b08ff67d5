"""What became of labels, as answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from gateway_api.wire.answers import Answer


class LabelError(Answer):
    """A label that was not stored."""

    item: int = Field(description="Number of the label in the request, counted from 1.")
    pointer: str = Field(description="Where in the body, as RFC 6901 writes it.")
    code: Literal["refused", "unknown"] = Field(
        description="`refused`: the label is bad; `unknown`: there is no such prediction, or not yet."
    )
    message: str = Field(description="Why, in words.")


class LabelsAnswer(Answer):
    """What became of the labels: received = added + replaced + superseded + unknown + refused."""

    use_case: str = Field(description="Use case whose predictions were labelled.")
    received: int = Field(description="Labels in the request.")
    added: int = Field(description="Predictions that had no label before.")
    replaced: int = Field(description="Predictions whose label was replaced by one of the same time or later.")
    unchanged: int = Field(default=0, description="Those of `replaced` whose label says the same as the one before.")
    superseded: int = Field(description="Labels that stand behind a later one of the same prediction; it stays.")
    unknown: int = Field(description="Labels for which no prediction was found.")
    refused: int = Field(description="Bad labels.")
    errors: list[LabelError] = Field(description="Each label that was not stored; at most 1,000 are listed.")


class LabelAsRead(Answer):
    """A label as a file has it."""

    item: int = Field(description="Its row in the file, counted from 1.")
    prediction_id: str | None = Field(description="Prediction it names; none where the key does.")
    key: str | None = Field(description="Key it names; none where the id does.")
    label: str | float | None = Field(description="The class, or the number; none of a label that is refused.")
    labelled_at: datetime | None = Field(description="When it was known; none where the file does not say.")
    refusal: str | None = Field(description="Why it is refused, in words; none where it is good.")


class LabelRowError(Answer):
    """A label of a file that is not stored."""

    item: int = Field(description="Its row in the file, counted from 1.")
    code: Literal["refused", "unknown"] = Field(
        description="`refused`: the label is bad; `unknown`: there is no such prediction, or not yet."
    )
    message: str = Field(description="Why, in words.")


class LabelFileAnswer(Answer):
    """What became of the labels of a file: received = added + replaced + superseded + unknown + refused."""

    use_case: str = Field(description="Use case whose predictions are labelled.")
    dry_run: bool = Field(description="Whether it was looked at only; then nothing is stored.")
    received: int = Field(description="Labels in the file.")
    added: int = Field(description="Predictions that had no label before.")
    replaced: int = Field(description="Predictions whose label is replaced by one of the same time or later.")
    unchanged: int = Field(default=0, description="Those of `replaced` whose label says the same as the one before.")
    superseded: int = Field(description="Labels that stand behind a later one of the same prediction; it stays.")
    unknown: int = Field(description="Labels for which no prediction was found.")
    refused: int = Field(description="Bad labels.")
    first: list[LabelAsRead] = Field(description="The first labels as they are read; at most 20.")
    errors: list[LabelRowError] = Field(description="Each label that is not stored; at most 1,000 are listed.")
