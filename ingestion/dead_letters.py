"""Keeping dead letters in their table, and sending one again.

In a table and not in the queue, because a look into a quorum queue takes a message and gives it back, which counts
against RabbitMQ's delivery limit: looking often enough would lose what one looks at.
"""

from __future__ import annotations

import structlog
from sqlalchemy import Engine

from broker.dead_letters import send_again
from broker.transport.publisher import Publisher
from ingestion.holding import surely
from ingestion.letters import DeadMessage, read_letter
from ingestion.metrics import IngestionMetrics
from sql.dead_letters.storage import Letter, find_letter, mark_letter_replayed, store_letter

log = structlog.get_logger(__name__)


class NoSuchLetterError(Exception):
    """There is no letter that can be replayed under this number; says why."""


async def keep_letter(engine: Engine, metrics: IngestionMetrics, message: DeadMessage) -> None:
    """Store a dead letter; when this returns the message may be acknowledged."""
    letter = read_letter(message)
    if await surely(store_letter, engine, letter):
        metrics.dead_letters.labels(letter.queue).inc()
        log.warning(
            "Dead letter stored",
            queue=letter.queue,
            cause=letter.cause,
            message_id=letter.message_id,
            part_id=str(letter.part_id) if letter.part_id else None,
            rows=letter.rows,
        )


async def replay_letter(engine: Engine, publisher: Publisher, number: int, body: bytes | None = None) -> Letter:
    """Send a letter again, as it was or repaired, and note it.

    Parameters
    ----------
    engine, publisher
        Where it lies, and who may publish to where it came from.
    number
        Number of the letter.
    body
        Repaired body; the original one if not given.

    Raises
    ------
    NoSuchLetterError
        If there is none, or its body was discarded.
    """
    letter = await surely(find_letter, engine, number)
    if letter is None:
        raise NoSuchLetterError(f"there is no dead letter {number}; list them: smartpredict dead-letters list")
    if letter.discarded_at is not None and body is None:
        raise NoSuchLetterError(f"the body of dead letter {number} was discarded; give one with --body FILE")

    async def note(number: int) -> None:
        await surely(mark_letter_replayed, engine, number)

    await send_again(letter, publisher, note, body)
    return letter
