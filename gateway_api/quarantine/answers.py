"""Bad rows, and how many there are, as answers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from pydantic import Field

from broker.messages import Source
from gateway_api.wire.answers import Answer, BadBatchAnswer, QuarantinedRow, RuleCount
from gateway_api.wire.time_spans import TimeSpans
from sql.quality.rates import Quality


class FoundRow(QuarantinedRow):
    """A bad row and where it came from."""

    batch_id: UUID = Field(description="Batch it belongs to.")
    batch_name: str = Field(description="File name or message id of the batch.")
    use_case: str = Field(description="Use case it is for.")
    source: Source = Field(description="Door through which it came.")


class FoundRows(Answer):
    """Bad rows: those of the newest batch first, and of a batch in their order."""

    rows: list[FoundRow] = Field(description="One page of them.")
    next_cursor: str | None = Field(description="Where the next page begins; none on the last.")


class StillWrong(Answer):
    """What is wrong with rows after a correction."""

    column: str | None = Field(description="Column at fault; none where the whole row is.")
    rule: str = Field(description="Rule that is broken.")
    rows: int = Field(description="Rows that break it.")
    message: str = Field(description="What is wrong with one of them, in words.")


class CorrectionAnswer(Answer):
    """What became of the rows that a correction was for."""

    matched: int = Field(description="Bad rows that were looked at.")
    corrected: int = Field(description="Those that are valid with it: they are sent, or would be.")
    still_wrong: list[StillWrong] = Field(
        description="What is wrong with the others, the most frequent first; they stay as they were."
    )
    batch_id: UUID | None = Field(
        description="Batch in which they were sent; none of a dry run, or where none is valid."
    )
    next_cursor: str | None = Field(description="Where further rows that match begin; none where these were all.")


class RepairedRowError(Answer):
    """One thing wrong with a row of a file of repaired rows."""

    row: int = Field(description="Place of the row in the file, counted from 1.")
    row_number: int | None = Field(description="Its number in its batch, as the file has it; none where it has none.")
    column: str | None = Field(description="Column at fault; none where the whole row is.")
    rule: str = Field(description="Rule that was broken.")
    value: str | None = Field(description="The value found, shortened.")
    message: str = Field(description="What is wrong, in words.")


class RepairedFileAnswer(Answer):
    """What became of a file of repaired rows: rows in = valid + sent before + still wrong."""

    use_case: str = Field(description="Use case of the rows.")
    rows_in: int = Field(description="Rows of the file.")
    valid: int = Field(description="Rows that are valid now: they are sent again, or would be.")
    sent_before: int = Field(description="Rows that were sent again before; they are not sent twice.")
    still_wrong: int = Field(description="Rows that stay in quarantine as they are.")
    errors: list[RepairedRowError] = Field(description="What is wrong with those; at most 1,000 are listed.")
    errors_total: int = Field(description="Number of all that is wrong with them.")
    batch_id: UUID | None = Field(
        description="Batch in which rows were sent; none of a dry run, or where none is valid."
    )


class QualityBucket(Answer):
    """Rows that arrived during a span of time."""

    start: datetime = Field(description="Where the span begins.")
    rows_in: int = Field(description="Rows of the batches that arrived in it.")
    quarantined: int = Field(description="Bad rows among them.")


class QualitySummary(Answer):
    """How good the rows of batches were, by the time the batches were received."""

    use_case: str = Field(description="The use case.")
    start: datetime = Field(description="Where the first span begins: as asked, widened to a round time.")
    end: datetime = Field(description="Where the last span ends, widened alike.")
    bucket_seconds: int = Field(description="Width of a span of `by_time`.")
    rows_in: int = Field(description="Rows read.")
    predicted: int = Field(description="Rows with a committed prediction.")
    quarantined: int = Field(description="Bad rows.")
    replayed: int = Field(description="Bad rows that were sent again since.")
    discarded: int = Field(default=0, description="Bad rows that were discarded since.")
    refused_batches: int = Field(
        description="Batches that were refused as a whole; most of their rows are counted nowhere."
    )
    by_rule: list[RuleCount] = Field(
        description="Broken rules, the most frequent first; at most 50. Where there are more than 100,000 bad rows, those of the newest are counted."
    )
    by_batch: list[BadBatchAnswer] = Field(description="Batches with bad rows, the newest first; at most 50.")
    by_time: list[QualityBucket] = Field(description="Spans in which batches arrived, the earliest first.")


class SkippedRow(Answer):
    """A bad row that was not discarded."""

    batch_id: UUID = Field(description="Batch it belongs to.")
    row_number: int = Field(description="Its number there.")
    message: str = Field(description="Why.")


class RowsDiscarded(Answer):
    """How many bad rows were discarded."""

    discarded: int = Field(description="Bad rows that were discarded.")
    skipped: list[SkippedRow] = Field(description="Rows that do not wait.")
    next_cursor: str | None = Field(description="Where further rows that match begin; none where these were all.")


class RowsReplayed(Answer):
    """Repaired rows are on their way, as a batch of their own."""

    batch_id: UUID = Field(description="The new batch; follow it with GET /batches/{batch_id}.")
    name: str = Field(description="Its name.")
    rows: int = Field(description="Rows in it.")


def quality_answer(use_case: str, spans: TimeSpans, found: Quality) -> QualitySummary:
    """Build the answer about the counts."""
    return QualitySummary(
        use_case=use_case,
        start=spans.start,
        end=spans.end,
        bucket_seconds=int(spans.width.total_seconds()),
        **asdict(found.totals),
        by_rule=[RuleCount(**asdict(rule)) for rule in found.by_rule],
        by_batch=[BadBatchAnswer.model_validate(asdict(batch)) for batch in found.by_batch],
        by_time=[QualityBucket(**asdict(span)) for span in found.by_time],
    )
