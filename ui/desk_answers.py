"""Answers for people who watch the pipeline and mend what went wrong; older gateways do not give them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ui.gateway.problems import RowError


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """What is wrong with rows of which nothing was predicted."""

    rows_in: int
    bad: int
    errors: tuple[RowError, ...] = ()
    errors_total: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """Predictions of a span of time."""

    start: datetime
    rows: int
    by_class: dict[str, int] | None = None
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Predictions counted over time."""

    start: datetime
    end: datetime
    bucket_seconds: int
    rows: int
    buckets: tuple[Bucket, ...]
    by_class: dict[str, int] | None = None
    by_source: dict[str, int] = field(default_factory=dict)
    by_model_version: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule and how many rows broke it."""

    rule: str
    rows: int
    column: str | None = None
    example: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class QualityBucket:
    """Rows of a span of time, and how many of them were bad."""

    start: datetime
    rows_in: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class BadBatch:
    """A batch that brought bad rows."""

    batch_id: UUID
    name: str
    received_at: datetime
    rows_in: int
    quarantined: int
    replayed: int = 0


@dataclass(frozen=True, slots=True)
class Quality:
    """What came in and what was refused, and why."""

    rows_in: int
    predicted: int
    quarantined: int
    replayed: int = 0
    by_rule: tuple[BrokenRule, ...] = ()
    by_batch: tuple[BadBatch, ...] = ()
    by_time: tuple[QualityBucket, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """Repaired rows are on their way as a batch of their own."""

    batch_id: UUID
    rows: int


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue as the broker reports it."""

    name: str
    messages: int
    consumers: int
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class QueueList:
    """All queues."""

    queues: tuple[QueueState, ...]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message nobody could handle."""

    letter_id: UUID
    queue: str
    rows: int
    cause: str
    died_at: datetime
    use_case: str | None = None
    batch_id: UUID | None = None
    size: int = 0
    replayed_at: datetime | None = None
    discarded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeadLetterPage:
    """Dead letters, the newest first."""

    dead_letters: tuple[DeadLetter, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class DeadLetterContent(DeadLetter):
    """A dead letter with what it holds."""

    content_type: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)
    body: str = ""
    body_truncated: bool = False


@dataclass(frozen=True, slots=True)
class LettersReplayed:
    """Which letters were sent again, and which not."""

    replayed: tuple[UUID, ...]
    skipped: tuple[dict[str, Any], ...] = ()
