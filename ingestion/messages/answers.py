"""Answers to foreign messages: at once with counts, or, where they ask for predictions, once these are recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy import Engine

from broker.envelopes.foreign import ForeignMessage
from broker.inbox_answers import HEADER_ANSWER, InboxAnswer, RowPredicted
from ingestion.batches.ingest import BatchIngestor, retry_database
from ingestion.messages.holding import Holding
from ingestion.messages.replies import answer_message
from sql.ledger.batch_ledger import BatchLedger, find_batches
from sql.predictions.of_batch import BatchRange, answers_of_batches
from usecases.contract.spec import UseCase

PREDICTIONS = "predictions"
"""What the header asks for; anything else is answered with counts, at once."""

PATIENCE_SECONDS = 60.0
"""How long predictions are waited for before the answer goes without those that are not there."""

PAUSE_SECONDS = 0.05
"""Pause between two looks at all batches that are waited for: about as long as a part takes that is alone."""

MAX_WAITING = 1_000
"""Messages whose predictions are waited for at once; further ones are answered with counts."""

log = structlog.get_logger(__name__)

Places = Mapping[UUID, Sequence[int]]
"""Where the rows of a message are: of each batch the numbers of its first row in the message, twice if it is there twice."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    message: ForeignMessage
    answer: InboxAnswer
    use_case: UseCase
    places: Places
    until: float


@dataclass(slots=True)
class Answers:
    """Answers senders; those that wait are lost when the process ends, as an answer may be at any time."""

    batches: BatchIngestor
    holding: Holding
    _waiting: list[_Waiting] = field(default_factory=list)
    _looking: asyncio.Task[None] | None = None

    async def send(self, message: ForeignMessage, answer: InboxAnswer, use_case: UseCase, places: Places) -> None:
        """Answer a message that was taken in; what waits for predictions keeps nobody from going on."""
        if message.headers.get(HEADER_ANSWER) != PREDICTIONS or not places:
            await answer_message(self.batches.publisher, message, answer)
        elif len(self._waiting) >= MAX_WAITING:
            told = f"too many messages wait for predictions; look them up by batch. {answer.detail}".strip()
            await answer_message(self.batches.publisher, message, answer.model_copy(update={"detail": told}))
        else:
            self._waiting.append(_Waiting(message, answer, use_case, places, monotonic() + PATIENCE_SECONDS))
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        took = 0.0
        while self._waiting:
            # Where a look takes long, most of the time is left for others.
            await asyncio.sleep(max(PAUSE_SECONDS, 4 * took))
            begun = monotonic()
            wanted = {batch for one in self._waiting for batch in one.places}
            found = await retry_database(find_batches, self.batches.engine, wanted)
            now = monotonic()
            took = now - begun
            ready: list[_Waiting] = []
            waiting: list[_Waiting] = []
            for one in self._waiting:
                (ready if one.until <= now or _is_done(one, found) else waiting).append(one)
            self._waiting = waiting
            for one in ready:
                try:
                    answer = await retry_database(_with_predictions, self.batches.engine, one, found)
                    await answer_message(self.batches.publisher, one.message, answer)
                except Exception:
                    log.exception("Predictions cannot be answered", message_id=one.message.message_id)


def _is_done(one: _Waiting, found: Mapping[UUID, BatchLedger]) -> bool:
    return all(batch in found and found[batch].is_done for batch in one.places)


def _with_predictions(engine: Engine, one: _Waiting, found: Mapping[UUID, BatchLedger]) -> InboxAnswer:
    mine = [found[batch] for batch in one.places if batch in found]
    predicted = [
        RowPredicted(
            row_number=first + row["row_number"] - 1,
            prediction_id=row["id"],
            model_version=row["model_version"],
            prediction=row["prediction"],
            score=row.get("score"),
            scores=row.get("scores"),
        )
        for row in answers_of_batches(engine, one.use_case, [_ids_of(ledger) for ledger in mine])
        for first in one.places[row["batch_id"]]
    ]
    left = sum(ledger.pending for ledger in mine)
    dead = sum(ledger.dead_lettered for ledger in mine)
    told = [f"rows not predicted yet: {left}" if left else "", f"rows in dead letters: {dead}" if dead else ""]
    return one.answer.model_copy(
        update={
            "predictions": sorted(predicted, key=lambda row: row.row_number),
            "detail": "; ".join(filter(None, [*told, one.answer.detail])),
        }
    )


def _ids_of(ledger: BatchLedger) -> BatchRange:
    """Return the ids of the rows of a batch: exactly one where it has one row, for many of those are looked up at once."""
    last = UUID(int=ledger.first_id.int + ledger.rows_in)
    return BatchRange(ledger.batch_id, UUID(int=ledger.first_id.int + 1), last)
