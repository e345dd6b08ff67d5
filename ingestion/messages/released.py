"""Taking messages up again that a person released: as they came, from the table where they waited."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy import Engine

from broker.envelopes.foreign import ForeignMessage
from ingestion.batches.ingest import retry_database
from ingestion.messages.ingest import MessageIngestor
from sql.dead_letters.holds import HeldMessage, forget_held, released_messages

PAUSE_SECONDS = 1.0
"""Pause between two looks for messages that were released."""

FAILED_SECONDS = 10.0
"""Pause after a failure that nobody foresaw; they stay where they are."""

log = structlog.get_logger(__name__)


async def keep_taking_up(ingestor: MessageIngestor, engine: Engine) -> None:
    """Take released messages up again and again."""
    while True:
        try:
            count = await take_up(ingestor, engine)
        except Exception:
            log.exception("Released messages cannot be taken up, trying again")
            await asyncio.sleep(FAILED_SECONDS)
        else:
            if not count:
                await asyncio.sleep(PAUSE_SECONDS)


async def take_up(ingestor: MessageIngestor, engine: Engine) -> int:
    """Take up the released messages that came first, and return how many.

    They leave their table once their fate is safe. Should the process end before that they are taken up once more, and
    count once all the same: by their ids, or by their place in the table.
    """
    some = await retry_database(released_messages, engine)
    if some:
        await ingestor.ingest([_foreign(one) for one in some])
        await retry_database(forget_held, engine, [one.id for one in some])
        log.info("Released messages were taken up", messages=len(some))
    return len(some)


def _foreign(one: HeldMessage) -> ForeignMessage:
    return ForeignMessage(
        body=one.body,
        routing_key=one.routing_key,
        message_id=one.message_id,
        content_type=one.content_type,
        headers=one.headers,
        # Whoever asked for an answer was told that the message is held.
        reply_to=None,
        correlation_id=None,
        message_type=one.message_type,
        account=one.account or None,
        held=one.id,
    )
