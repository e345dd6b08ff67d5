"""Quality reports as answers."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import Field

from gateway_api.wire.answers import Answer, BadBatchAnswer
from monitoring.quality.report import QualityReport, report_as_json


class ExpectationExample(Answer):
    """A value that broke an expectation."""

    value: str | None = Field(description="The value found, shortened; none where it is missing.")
    message: str = Field(description="What is wrong with it, in words.")


class ExpectationAnswer(Answer):
    """An expectation, and what came of it."""

    column: str | None = Field(description="Column it is about; none where it is about the whole row.")
    rule: str = Field(description="Name of the rule, as the reasons of bad rows have it.")
    expected: str = Field(description="What is expected, in words.")
    holds: bool | None = Field(description="Whether every row keeps it; null where no row was looked at.")
    rows: int = Field(description="Rows that were looked at.")
    broken: int = Field(description="Rows that broke it.")
    share: float = Field(description="Share of the rows looked at that broke it.")
    examples: list[ExpectationExample] = Field(description="One or two values that did.")


class QualityReportAnswer(Answer):
    """How good what arrived was, expectation by expectation."""

    use_case: str = Field(description="Use case the rows are for.")
    batch_id: UUID | None = Field(description="Batch it is about; none for a day.")
    batch_name: str | None = Field(description="File name or message id of that batch.")
    problem: str | None = Field(description="Why that batch was refused as a whole, in words.")
    day: date | None = Field(description="Day it is about, in UTC; none for a batch.")
    holds: bool = Field(description="Whether every row keeps every expectation, and nothing was refused as a whole.")
    batches: int = Field(description="Batches that were received.")
    refused_batches: int = Field(description="Batches that were refused as a whole.")
    rows_in: int = Field(description="Rows that were read.")
    quarantined: int = Field(description="Bad rows among them.")
    replayed: int = Field(description="Bad rows that were sent again since.")
    discarded: int = Field(default=0, description="Bad rows that were discarded since.")
    counted: int = Field(
        description="Bad rows whose reasons were counted: all, but at most 200,000, and of a refused batch the first 1,000."
    )
    expectations: list[ExpectationAnswer] = Field(
        description="Every expectation of the contract, in its order, then other rules that rows broke."
    )
    bad_batches: list[BadBatchAnswer] = Field(description="Batches with bad rows, the newest first; at most 50.")


def report_answer(report: QualityReport) -> QualityReportAnswer:
    """Build the answer about a report."""
    return QualityReportAnswer.model_validate(report_as_json(report))
