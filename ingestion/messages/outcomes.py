"""Telling what became of a foreign message: its sender by an answer, people by a dead letter."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine

from broker.envelopes.foreign import ForeignMessage
from broker.inbox_answers import InboxAnswer, RowRefused, RowsRefused
from broker.messages import HELD, JSON
from ingestion.batches.ingest import BatchIngestor, IngestedBatch, retry_database
from ingestion.messages.answers import Answers
from ingestion.messages.replies import announce_refusal, answer_message
from ingestion.messages.rows import ForeignRows
from sql.quarantine.rows import list_of_batches
from usecases.formats.registry import BODIES

MAX_REFUSED_SHOWN = 1_000
"""Bad rows that an answer lists; all of them are in quarantine, or in a dead letter."""

NO_ID = (
    "set message_id: it is the idempotency key, the same for the same rows. Where the client cannot, name the columns that "
    "make a row itself under inbox.identity in usecase.yaml, or choose inbox.without_id"
)

KINDS = f"and what is read is {', '.join([JSON, *(known.media_type for known in BODIES if known.media_type)])}"

REUSED = (
    "stands for another body that came before: give every message an id of its own, and the same one only to the same "
    "body sent again. To have these rows predicted all the same, replay their dead letter"
)


async def tell(answers: Answers, message: ForeignMessage, read: ForeignRows, done: IngestedBatch) -> None:
    """Answer whoever asked for an answer what became of the rows."""
    batches = answers.batches
    if done.problem is not None:
        await refuse(answers, message, done.problem)
        return
    if message.reply_to:
        answer = await retry_database(_accepted, batches.engine, read.message_id, done)
        await answers.send(message, answer, read.use_case, {done.batch.id: [1]})
    if done.bad:
        await announce_bad_rows(batches, message, done.bad, done.batch.id)
    batches.metrics.messages.labels("accepted").inc()
    answers.holding.share.taken[message.account, read.use_case.name] += 1


async def refuse(answers: Answers, message: ForeignMessage, cause: str, code: str = "") -> None:
    """Put a message aside that says something nobody can take, and answer whoever asked for an answer."""
    told = await _put_aside(answers, message, cause, code)
    answer = InboxAnswer(outcome="refused", message_id=message.message_id, code=told.code, detail=told.detail)
    await answer_message(answers.batches.publisher, message, answer)
    await announce_refusal(answers.batches.publisher, message, told)
    answers.batches.metrics.messages.labels("held" if told.code == HELD else "refused").inc()


async def fail(answers: Answers, message: ForeignMessage, error: Exception) -> None:
    """Put a message aside that failed for a reason nobody foresaw."""
    told = await put_aside(answers, message, f"{type(error).__name__}: {error}".partition("\n")[0])
    answers.batches.metrics.messages.labels("held" if told.code == HELD else "failed").inc()


async def put_aside(answers: Answers, message: ForeignMessage, cause: str, code: str = "") -> RowsRefused:
    """Put a message aside, as a dead letter or in a hold, and tell whoever listens; return what is told."""
    told = await _put_aside(answers, message, cause, code)
    await announce_refusal(answers.batches.publisher, message, told)
    return told


async def _put_aside(answers: Answers, message: ForeignMessage, cause: str, code: str) -> RowsRefused:
    hold = await answers.holding.put_aside(message, cause)
    if hold is not None:
        code = HELD
        cause += f"; held, since too many messages of this sender are refused, until somebody decides about hold {hold}"
    return RowsRefused(message_id=message.message_id, code=code, detail=cause)


async def announce_bad_rows(
    batches: BatchIngestor, message: ForeignMessage, rows: int, batch_id: UUID | None = None
) -> None:
    """Publish the event of rows of a message that are in quarantine."""
    told = "rows are in quarantine; see their reasons: smartpredict quarantine list"
    event = RowsRefused(message_id=message.message_id, batch_id=batch_id, rows=rows, detail=told)
    await announce_refusal(batches.publisher, message, event)


def detail_of(refused: int) -> str:
    """Return how many of the refused rows an answer lists, in words, if not all."""
    return f"the first {MAX_REFUSED_SHOWN} of {refused} refused rows are listed" if refused > MAX_REFUSED_SHOWN else ""


def _accepted(engine: Engine, message_id: str | None, done: IngestedBatch) -> InboxAnswer:
    kept = list_of_batches(engine, [done.batch.id], MAX_REFUSED_SHOWN) if done.bad else []
    return InboxAnswer(
        outcome="accepted",
        message_id=message_id,
        batch_id=done.batch.id,
        rows_in=done.rows,
        rows_accepted=done.rows - done.bad,
        refused=[RowRefused(row_number=entry.row_number, reasons=entry.reasons) for entry in kept],
        detail=detail_of(done.bad),
    )
