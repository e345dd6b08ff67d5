"""Batches as answers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from broker.messages import Source
from gateway_api.wire.answers import Answer, QuarantinedRow
from gateway_api.wire.uploads import StoredUpload
from sql.ledger.batch_ledger import MOST_COUNTED, BatchLedger
from sql.ledger.batches import Batch, BatchState


class UploadAnswer(Answer):
    """The file has arrived and is stored; its rows are checked and predicted from here on."""

    batch_id: UUID = Field(description="Id under which the batch can be followed; the same file again has the same.")
    use_case: str = Field(description="Use case that will predict.")
    name: str = Field(description="Name of the file, made harmless.")
    state: BatchState = Field(description="How far the batch is read.")
    received_at: datetime = Field(description="When the batch arrived for the first time.")
    size: int = Field(description="Bytes received.")
    sha256: str = Field(description="Digest of the bytes received.")


class BatchRows(Answer):
    """Where the rows of a batch are: in = predicted + observed + quarantined + dead_lettered + pending."""

    rows_in: int = Field(description="Rows read so far.")
    predicted: int = Field(description="Rows with a committed prediction.")
    observed: int = Field(description="Rows that are observations of a forecast, stored when they were read.")
    quarantined: int = Field(description="Bad rows, kept with their reasons.")
    dead_lettered: int = Field(description="Rows nobody could predict, kept until someone replays them.")
    pending: int = Field(description="Rows on their way to a worker.")


class BatchAnswer(Answer):
    """A batch: what arrived, and where its rows are."""

    batch_id: UUID = Field(description="Id of the batch.")
    use_case: str = Field(description="Use case that predicts.")
    source: Source = Field(description="Door through which it came.")
    name: str = Field(description="File name or message id.")
    state: BatchState = Field(description="How far the batch is read.")
    done: bool = Field(description="Whether every row has found its place.")
    balanced: bool = Field(description="Whether every row read is in exactly one place.")
    rows: BatchRows = Field(description="The ledger.")
    progress: float | None = Field(description="Share of the rows read so far that are settled; none before the first.")
    problem: str | None = Field(description="Why the batch was refused, in words.")
    model_version: int | None = Field(description="Newest version that predicted rows of it.")
    received_at: datetime = Field(description="When it arrived.")
    read_at: datetime | None = Field(description="When its last row was read.")
    committed_at: datetime | None = Field(
        description="When its last predictions or observations were committed, so far."
    )
    seconds_to_commit: float | None = Field(description="From arrival to the last commit; none until all is done.")


class BatchPage(Answer):
    """Batches, the newest first."""

    batches: list[BatchAnswer] = Field(description="One page of them.")
    next_cursor: str | None = Field(description="Where the next page begins; none on the last.")
    total: int | None = Field(
        default=None,
        description=f"Batches that fit, on all pages together; {MOST_COUNTED + 1:,} stands for all numbers past {MOST_COUNTED:,}. "
        "None where counting takes too long.",
    )


class QuarantinePage(Answer):
    """Bad rows of a batch, in their order."""

    batch_id: UUID = Field(description="The batch.")
    use_case: str = Field(description="Its use case.")
    rows: list[QuarantinedRow] = Field(description="One page of them.")
    next_cursor: str | None = Field(description="Where the next page begins; none on the last.")


class BatchPredictionsSummary(Answer):
    """How many predictions of a batch there are, of those that are meant."""

    batch_id: UUID = Field(description="The batch.")
    use_case: str = Field(description="Its use case.")
    rows: int = Field(description="Predictions that fit.")
    by_class: dict[str, int] | None = Field(
        description="The same by predicted class; none where numbers are predicted."
    )


def batch_answer(batch: BatchLedger) -> BatchAnswer:
    """Build the answer about one batch."""
    committed_at = batch.committed_at
    took = committed_at - batch.received_at if batch.is_done and committed_at else None
    return BatchAnswer(
        batch_id=batch.batch_id,
        use_case=batch.use_case,
        source=batch.source,
        name=batch.name,
        state=batch.state,
        done=batch.is_done,
        balanced=batch.is_balanced,
        rows=BatchRows(
            rows_in=batch.rows_in,
            predicted=batch.predicted,
            observed=batch.observed,
            quarantined=batch.quarantined,
            dead_lettered=batch.dead_lettered,
            pending=batch.pending,
        ),
        progress=batch.settled / batch.rows_in if batch.rows_in else None,
        problem=batch.problem,
        model_version=batch.model_version,
        received_at=batch.received_at,
        read_at=batch.finished_at,
        committed_at=committed_at,
        seconds_to_commit=None if took is None else round(took.total_seconds(), 3),
    )


def upload_answer(batch: Batch, stored: StoredUpload) -> UploadAnswer:
    """Build the answer about a file that was stored."""
    return UploadAnswer(
        batch_id=batch.id,
        use_case=batch.use_case,
        name=batch.name,
        state=batch.state,
        received_at=batch.received_at,
        size=stored.size,
        sha256=stored.digest,
    )
