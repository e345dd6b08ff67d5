"""Ingestion's subscribers: one for foreign messages, one for dead letters."""

from __future__ import annotations

import asyncio

import structlog
from faststream.rabbit import RabbitBroker, RabbitMessage

from broker.topology import DEAD_LETTERS, INBOX
from broker.transport.consumer import existing_queue, subscribe
from ingestion.dead_letters import keep_letter
from ingestion.inbox import ForeignMessage, InboxDoor, dead_inbox_letter
from ingestion.letters import DeadMessage

INBOX_PREFETCH = 32
"""Messages taken in at once: each waits for two commits and a confirm, so many overlap."""

LETTERS_PREFETCH = 8

HOLD_SECONDS = 5.0
"""Pause before a dead letter is tried again that could not be stored."""

log = structlog.get_logger(__name__)


class Handlers:
    """What happens to a message once ingestion holds it.

    Every handler returns, and so acknowledges, only after the message's fate is safe.
    """

    def __init__(self, door: InboxDoor) -> None:
        self._door = door

    def subscribe(self, broker: RabbitBroker, letters: RabbitBroker) -> None:
        """Attach the handlers to their queues, each over a connection of its own: what ends one leaves the other."""
        subscribe(broker, existing_queue(INBOX), self.foreign_message, prefetch=INBOX_PREFETCH)
        subscribe(letters, existing_queue(DEAD_LETTERS), self.dead_letter, prefetch=LETTERS_PREFETCH)

    async def foreign_message(self, message: RabbitMessage) -> None:
        """Take a foreign message in."""
        foreign = _foreign(message)
        try:
            await self._door.take(foreign)
        except Exception as error:
            log.exception("Foreign message cannot be taken in", message_id=foreign.message_id)
            cause = f"{type(error).__name__}: {error}".partition("\n")[0]
            await self._door.publisher.publish_until_confirmed(dead_inbox_letter(foreign, cause))
            self._door.metrics.messages.labels("failed").inc()

    async def dead_letter(self, message: RabbitMessage) -> None:
        """Keep a dead letter; its queue has no way out, so what fails here is tried until it works."""
        while True:
            try:
                return await keep_letter(self._door.engine, self._door.metrics, _dead(message))
            except Exception:
                log.exception("Dead letter cannot be stored, trying again")
            await asyncio.sleep(HOLD_SECONDS)


def _foreign(message: RabbitMessage) -> ForeignMessage:
    # The framework invents ids where a sender set none; the raw message tells.
    raw = message.raw_message
    return ForeignMessage(
        body=message.body,
        routing_key=raw.routing_key or "",
        message_id=raw.message_id,
        content_type=raw.content_type,
        headers=raw.headers,
        reply_to=raw.reply_to,
        correlation_id=None if raw.correlation_id is None else str(raw.correlation_id),
    )


def _dead(message: RabbitMessage) -> DeadMessage:
    raw = message.raw_message
    return DeadMessage(
        body=message.body,
        headers=raw.headers,
        message_id=raw.message_id,
        content_type=raw.content_type,
        exchange=raw.exchange or "",
        routing_key=raw.routing_key or "",
    )
