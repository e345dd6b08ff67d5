"""The subscriber for foreign messages."""

from __future__ import annotations

import structlog
from faststream.rabbit import RabbitBroker, RabbitMessage

from broker.topology import INBOX
from broker.transport.consumer import existing_queue, subscribe
from ingestion.messages.ingest import ForeignMessage, MessageIngestor

PREFETCH = 32
"""Messages taken in at once: each waits for two commits and a confirm, so many overlap."""

log = structlog.get_logger(__name__)


def consume_messages(broker: RabbitBroker, messages: MessageIngestor) -> None:
    """Subscribe to foreign messages and ingest them; each is acknowledged only after its fate is safe."""

    async def take(message: RabbitMessage) -> None:
        foreign = read_properties(message)
        try:
            await messages.ingest(foreign)
        except Exception as error:
            log.exception("Foreign message cannot be taken in", message_id=foreign.message_id)
            await messages.fail(foreign, error)

    subscribe(broker, existing_queue(INBOX), take, prefetch=PREFETCH)


def read_properties(message: RabbitMessage) -> ForeignMessage:
    """Read what AMQP says about a message; nothing after this knows of AMQP."""
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
