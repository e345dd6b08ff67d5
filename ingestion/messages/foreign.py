"""Foreign messages as they came, and what goes back to whoever sent one: an answer, or a letter for people to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Engine

from broker.dead_letters import dead_letter
from broker.messages import HEADER_TRACEPARENT, JSON, InboxAnswer, RowRefused
from broker.topology import INBOX, is_reply_space
from broker.transport.publisher import Outgoing, Publisher
from ingestion.batches.ingest import IngestedBatch
from sql.quarantine.rows import QuarantineFilter, list_quarantined

MAX_REFUSED_SHOWN = 1_000
"""Bad rows that an answer lists; all of them are in quarantine."""

MAX_PROPERTY_BYTES = 255
"""Bytes of a text in a property of a message."""

log = structlog.get_logger(__name__)


class MessageRefusedError(Exception):
    """A foreign message cannot be read at all; says what its sender has to change."""


@dataclass(frozen=True, slots=True)
class ForeignMessage:
    """A message as it came."""

    body: bytes
    routing_key: str
    message_id: str | None
    content_type: str | None
    headers: Mapping[str, Any]
    reply_to: str | None
    correlation_id: str | None

    @property
    def traceparent(self) -> object:
        """The span that its sender wants continued, as it came."""
        return self.headers.get(HEADER_TRACEPARENT)

    def dead_letter(self, cause: str) -> Outgoing:
        """Wrap a message that cannot be taken in."""
        return dead_letter(
            body=self.body,
            content_type=self.content_type,
            headers=self.headers,
            message_id=self.message_id,
            origin=INBOX,
            exchange=INBOX,
            routing_key=self.routing_key,
            cause=cause,
        )


async def answer_message(publisher: Publisher, message: ForeignMessage, answer: InboxAnswer) -> None:
    """Send an answer to whoever asked for one, where upstream systems may be answered."""
    if message.reply_to and not is_reply_space(message.reply_to):
        log.warning("Not answered: reply_to names no queue for replies", reply_to=message.reply_to)
    elif message.reply_to:
        await publisher.publish_if_wanted(
            Outgoing(
                exchange="",
                routing_key=message.reply_to,
                body=answer.model_dump_json().encode(),
                message_id=_shortened(f"answer to {message.message_id}"),
                content_type=JSON,
                correlation_id=message.correlation_id,
                persistent=False,
            )
        )


def _shortened(text: str) -> str:
    return text.encode()[:MAX_PROPERTY_BYTES].decode(errors="ignore")


def answer_accepted(engine: Engine, message_id: str, done: IngestedBatch) -> InboxAnswer:
    """Return the answer to a message that was taken in: what became of its rows."""
    kept = (
        list_quarantined(engine, QuarantineFilter(batch_id=done.batch.id), limit=MAX_REFUSED_SHOWN) if done.bad else []
    )
    return InboxAnswer(
        outcome="accepted",
        message_id=message_id,
        batch_id=done.batch.id,
        rows_in=done.rows,
        rows_accepted=done.rows - done.bad,
        refused=[RowRefused(row_number=entry.row_number, reasons=entry.reasons) for entry in kept],
        detail=f"the first {MAX_REFUSED_SHOWN} of {done.bad} bad rows are listed"
        if done.bad > MAX_REFUSED_SHOWN
        else "",
    )
