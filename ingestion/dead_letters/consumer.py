"""The subscriber for dead letters: it keeps them in their table.

In a table and not in the queue, because a look into a quorum queue takes a message and gives it back, which counts
against RabbitMQ's delivery limit: looking often enough would lose what one looks at.
"""

from __future__ import annotations

import asyncio

import structlog
from faststream.rabbit import RabbitBroker, RabbitMessage
from sqlalchemy import Engine

from broker.dead_letters import HEADER_WITHOUT_ID
from broker.topology import DEAD_LETTERS
from broker.transport.consumer import existing_queue, subscribe
from ingestion.batches.ingest import retry_database
from ingestion.dead_letters.letters import DeadMessage, read_letter
from ingestion.metrics import IngestionMetrics
from sql.dead_letters.storage import store_letter

PREFETCH = 8

HOLD_SECONDS = 5.0
"""Pause before a dead letter is tried again that could not be stored."""

log = structlog.get_logger(__name__)


def consume_dead_letters(broker: RabbitBroker, engine: Engine, metrics: IngestionMetrics) -> None:
    """Subscribe to dead letters and keep them; their queue has no way out, so what fails here is tried until it works."""

    async def keep(message: RabbitMessage) -> None:
        while True:
            try:
                return await keep_letter(engine, metrics, _read_properties(message))
            except Exception:
                log.exception("Dead letter cannot be stored, trying again")
            await asyncio.sleep(HOLD_SECONDS)

    subscribe(broker, existing_queue(DEAD_LETTERS), keep, prefetch=PREFETCH)


async def keep_letter(engine: Engine, metrics: IngestionMetrics, message: DeadMessage) -> None:
    """Store a dead letter; when this returns the message may be acknowledged."""
    letter = read_letter(message)
    if await retry_database(store_letter, engine, letter):
        metrics.dead_letters.labels(letter.queue).inc()
        log.warning(
            "Dead letter stored",
            queue=letter.queue,
            cause=letter.cause,
            message_id=letter.message_id,
            part_id=str(letter.part_id) if letter.part_id else None,
            rows=letter.rows,
        )


def _read_properties(message: RabbitMessage) -> DeadMessage:
    raw = message.raw_message
    return DeadMessage(
        body=message.body,
        headers=raw.headers,
        message_id=None if HEADER_WITHOUT_ID in raw.headers else raw.message_id,
        content_type=raw.content_type,
        exchange=raw.exchange or "",
        routing_key=raw.routing_key or "",
    )
