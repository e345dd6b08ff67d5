"""Sending a dead letter again, as it was or repaired."""

from __future__ import annotations

from sqlalchemy import Engine

from broker.dead_letters import send_again
from broker.transport.publisher import Publisher
from ingestion.batches.ingest import retry_database
from sql.dead_letters.storage import Letter, find_letter, mark_letter_replayed


class NoSuchLetterError(Exception):
    """There is no letter that can be replayed under this number; says why."""


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
    letter = await retry_database(find_letter, engine, number)
    if letter is None:
        raise NoSuchLetterError(f"there is no dead letter {number}; list them: smartpredict dead-letters list")
    if letter.discarded_at is not None and body is None:
        raise NoSuchLetterError(f"the body of dead letter {number} was discarded; give one with --body FILE")

    async def note(number: int) -> None:
        await retry_database(mark_letter_replayed, engine, number)

    await send_again(letter, publisher, note, body)
    return letter
