"""What a use case declares about its events: whether those who listen are told each prediction, and how it is written."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from usecases.columns.features import Strict


class ResultFormat(StrEnum):
    """How the results of rows are written for those who listen."""

    JSON = "json"
    """As they are."""
    CLOUDEVENTS = "cloudevents"
    """As data of a structured CloudEvent."""


class EventOptions(Strict):
    """What is told of rows that are stored, beside that they are.

    Examples
    --------
    >>> EventOptions().results is None, EventOptions(results="cloudevents").results
    (True, <ResultFormat.CLOUDEVENTS: 'cloudevents'>)
    """

    results: ResultFormat | None = Field(
        default=None,
        description="Whether every prediction is published to the exchange `results`, and how: `json` or `cloudevents`; not "
        "published if nothing is said.",
    )
