"""What the gateway answers to people who watch the pipeline and mend what went wrong, as types."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from broker.messages import Source
from gateway_api.wire.answers import Answer, QuarantinedRow, RowError


class CheckAnswer(Answer):
    """What is wrong with rows; nothing was predicted or stored."""

    use_case: str = Field(description="Use case whose contract they were held against.")
    rows_in: int = Field(description="Rows in the body.")
    good: int = Field(description="Rows that /predict would take.")
    bad: int = Field(description="Rows it would refuse.")
    errors: list[RowError] = Field(description="Everything that is wrong, row by row; at most 1,000 are listed.")
    errors_total: int = Field(description="Number of errors.")


class SummaryBucket(Answer):
    """Predictions of a span of time."""

    start: datetime = Field(description="Where the span begins.")
    rows: int = Field(description="Predictions committed in it.")
    by_class: dict[str, int] | None = Field(description="Predictions of each class; none where numbers are predicted.")
    mean: float | None = Field(description="Mean of the predicted numbers; none where classes are predicted.")


class PredictionSummary(Answer):
    """Predictions, counted over time."""

    use_case: str = Field(description="The use case.")
    start: datetime = Field(description="Where the first span begins: as asked, widened to a round time.")
    end: datetime = Field(description="Where the last span ends, widened alike.")
    bucket_seconds: int = Field(description="Width of a span.")
    rows: int = Field(description="Predictions in all.")
    buckets: list[SummaryBucket] = Field(description="Spans with predictions, the earliest first.")
    by_class: dict[str, int] | None = Field(description="Predictions of each class; none where numbers are predicted.")
    by_source: dict[Source, int] = Field(description="Predictions by the door their rows came through.")
    by_model_version: dict[str, int] = Field(description="Predictions by the version that made them.")


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
    replayed: int = Field(description="Bad rows that were sent again since.")


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
    by_rule: list[RuleCount] = Field(description="Broken rules, the most frequent first; at most 50.")
    by_batch: list[BadBatchAnswer] = Field(description="Batches with bad rows, the newest first; at most 50.")
    by_time: list[QualityBucket] = Field(description="Spans in which batches arrived, the earliest first.")


class RowsReplayed(Answer):
    """Repaired rows are on their way, as a batch of their own."""

    batch_id: UUID = Field(description="The new batch; follow it with GET /batches/{batch_id}.")
    name: str = Field(description="Its name.")
    rows: int = Field(description="Rows in it.")


class QueueState(Answer):
    """A queue as the broker reports it."""

    name: str = Field(description="Name of the queue.")
    purpose: str = Field(description="What waits in it.")
    exists: bool = Field(description="Whether the broker has it; if not, nothing can be said of it.")
    messages: int = Field(description="Messages that wait; those a consumer holds are not counted.")
    consumers: int = Field(description="Processes that take messages from it.")


class QueueList(Answer):
    """All queues of the pipeline."""

    queues: list[QueueState] = Field(description="In the order of the pipeline.")


class DeadLetter(Answer):
    """A message nobody could handle."""

    letter_id: UUID = Field(description="Id of the letter.")
    number: int = Field(description="Its number on the command line.")
    queue: str = Field(description="Queue it died in.")
    use_case: str | None = Field(description="Use case, where that can be told.")
    batch_id: UUID | None = Field(description="Batch whose rows it holds, if it is one's.")
    rows: int = Field(description="Rows in it; 0 where that cannot be told.")
    cause: str = Field(description="Why nobody could handle it.")
    died_at: datetime = Field(description="When it died.")
    replayed_at: datetime | None = Field(description="When it was sent again, the last time.")
    discarded_at: datetime | None = Field(description="When it was given up.")
    size: int = Field(description="Bytes of its body.")


class DeadLetterPage(Answer):
    """Dead letters, the newest first."""

    dead_letters: list[DeadLetter] = Field(description="One page of them.")
    next_cursor: str | None = Field(description="Where the next page begins; none on the last.")


class DeadLetterContent(DeadLetter):
    """A dead letter with what it holds."""

    content_type: str | None = Field(description="What the body is.")
    headers: dict[str, Any] = Field(description="Headers of the message, with those of its death.")
    body: str = Field(description="The text; or the first 20 rows of a part, as JSON Lines.")
    body_truncated: bool = Field(description="Whether the body holds more than is shown.")


class SkippedLetter(Answer):
    """A letter that was not sent again."""

    letter_id: UUID = Field(description="Id as given.")
    message: str = Field(description="Why, and what to do.")


class LettersReplayed(Answer):
    """Which letters were sent again."""

    replayed: list[UUID] = Field(description="Letters the broker has confirmed.")
    skipped: list[SkippedLetter] = Field(description="Letters that were not sent.")
