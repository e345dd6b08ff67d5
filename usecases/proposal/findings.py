"""What is worth a person's look about a data set."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Severity(StrEnum):
    """How much a finding asks of a person."""

    DECIDE = "decide"
    """Without a decision nothing is written; `done` says what is done if it is left as suggested."""
    LOOK = "look"
    """Probably right as it is, and worth a look."""
    INFO = "info"
    """Good to know."""


class Finding(BaseModel):
    """One thing that was found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str | None = Field(description="Column as the data names it; none where it is about all of them.")
    severity: Severity = Field(description="How much it asks of a person.")
    text: str = Field(description="What was found.")
    done: str = Field(description="What was done about it.")


class CannotInferError(ValueError):
    """No use case can be made of this data; says what to change."""
