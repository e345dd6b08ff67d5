"""What became of labels, as answers."""

from __future__ import annotations

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
    superseded: int = Field(description="Labels that stand behind a later one of the same prediction; it stays.")
    unknown: int = Field(description="Labels for which no prediction was found.")
    refused: int = Field(description="Bad labels.")
    errors: list[LabelError] = Field(description="Each label that was not stored; at most 1,000 are listed.")
