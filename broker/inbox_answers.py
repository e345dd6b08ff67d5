"""What goes back to whoever sends foreign messages, and to whoever listens: contracts like those between services."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from broker.messages import HELD, ID_REUSED, Contract

HEADER_ANSWER = "x-answer"
"""What a sender wants to be answered with."""


class RowRefused(Contract):
    """A row of a foreign message that is not predicted."""

    row_number: int = Field(description="Row of the message, counted from 1.")
    reasons: list[dict[str, Any]] = Field(description="What is wrong with it: column, rule, value, message.")


class RowPredicted(Contract):
    """A row of a foreign message that is predicted."""

    row_number: int = Field(description="Row of the message, counted from 1.")
    prediction_id: UUID = Field(description="Id of the prediction.")
    model_version: int = Field(description="Version that scored the row.")
    prediction: str | float = Field(description="The prediction.")
    score: float | None = Field(default=None, description="Its score; none for a regression.")
    scores: list[float] | None = Field(default=None, description="Score of every class, multiclass only.")


class InboxAnswer(Contract):
    """Answer to a foreign message that asked for one: what became of its rows."""

    contract: Literal["InboxAnswer/1"] = "InboxAnswer/1"
    outcome: Literal["accepted", "refused"] = Field(description="Whether the message could be read at all.")
    message_id: str | None = Field(description="Id of the message.")
    batch_id: UUID | None = Field(
        default=None,
        description="Batch under which the rows can be followed; none for several rows that are named by their columns, "
        "since each is a batch of its own.",
    )
    rows_in: int = Field(default=0, description="Rows in the message.")
    rows_accepted: int = Field(default=0, description="Rows on their way to a worker.")
    rows_known: int = Field(
        default=0,
        description="Rows that came before, by the columns that name a row (`inbox.identity`): they are not predicted again.",
    )
    refused: list[RowRefused] = Field(
        default_factory=list, description="Rows in quarantine, and rows whose name stands for other values already."
    )
    predictions: list[RowPredicted] = Field(
        default_factory=list,
        description=f"What was predicted, where the message asked for it by the header `{HEADER_ANSWER}: predictions`; it is "
        "answered once that is recorded, or after a minute with what is there.",
    )
    code: str = Field(
        default="",
        description=f"Short name of a refusal that programs may want to know: `{ID_REUSED}` if the id of the message, or "
        f"the name of a row, stands for another body already; `{HELD}` if so many messages of the sender were refused that this one "
        "waits for a person, who may have it taken up again.",
    )
    detail: str = Field(default="", description="Why the message was refused.")


class RowsRefused(Contract):
    """Event of a foreign message of which rows are not predicted, since a confirm only says that it was stored."""

    contract: Literal["RowsRefused/1"] = "RowsRefused/1"
    message_id: str | None = Field(description="Id of the message, as its sender set it.")
    batch_id: UUID | None = Field(default=None, description="Batch whose bad rows are in quarantine.")
    rows: int | None = Field(
        default=None, description="Rows in quarantine; none where the message is a dead letter, or held."
    )
    code: str = Field(default="", description="Short name of the refusal, as an answer has it.")
    detail: str = Field(description="Why, in words.")
