"""Sending dead letters again to where they came from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Engine

from broker.dead_letters import send_again
from broker.topology import INBOX, PREDICT
from broker.transport.publisher import BrokerDownError, Publisher, QueueFullError, UnroutableError
from gateway_api.dead_letters.answers import LettersReplayed, SkippedLetter
from gateway_api.door.problems import BrokerAway
from gateway_api.wire.broker_link import BrokerLink
from sql.dead_letters.storage import Letter, LetterState, find_letter, mark_letter_replayed

REPLAYED_TO = frozenset({PREDICT, INBOX})
"""Exchanges the gateway's account may write to; the broker closes the channel of whoever tries another one."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of the letters so far."""

    replayed: list[UUID] = field(default_factory=list)
    skipped: dict[UUID, str] = field(default_factory=dict)

    def answer(self) -> LettersReplayed:
        skipped = [SkippedLetter(letter_id=name, message=message) for name, message in self.skipped.items()]
        return LettersReplayed(replayed=self.replayed, skipped=skipped)


async def replay_letters(broker: BrokerLink, engine: Engine, named: Iterable[UUID]) -> LettersReplayed:
    """Send letters one after the other; one that cannot be sent does not keep the others.

    Raises
    ------
    BrokerAway
        If the broker is away before anything was sent.
    """
    letter_ids = dict.fromkeys(named)
    outcome = _Outcome()
    try:
        async with broker.publisher() as publisher:
            for letter_id in letter_ids:
                refusal = await _replay_one(publisher, engine, letter_id)
                if refusal is None:
                    outcome.replayed.append(letter_id)
                else:
                    outcome.skipped[letter_id] = refusal
    except BrokerDownError as error:
        if not outcome.replayed:
            raise BrokerAway("RabbitMQ cannot be reached; nothing was sent. Try again in a moment.") from error
        left = [name for name in letter_ids if name not in outcome.replayed and name not in outcome.skipped]
        outcome.skipped.update(dict.fromkeys(left, "RabbitMQ went away meanwhile; try again in a moment"))
    return outcome.answer()


async def _replay_one(publisher: Publisher, engine: Engine, letter_id: UUID) -> str | None:
    letter = await asyncio.to_thread(find_letter, engine, letter_id)
    refusal = refusal_of(letter)
    if letter is None or refusal is not None:
        return refusal

    async def note(number: int) -> None:
        await asyncio.to_thread(mark_letter_replayed, engine, number)

    try:
        await send_again(letter, publisher, note)
    except QueueFullError:
        return "its queue is full; try again in a moment"
    except UnroutableError:
        return f"no queue takes {letter.routing_key!r} of exchange {letter.exchange!r} any more"
    return None


def refusal_of(letter: Letter | None) -> str | None:
    """Return why a letter is not sent again; None if it may be."""
    if letter is None:
        return "there is no such dead letter"
    match letter.state:
        case LetterState.REPLAYED:
            return f"it was sent again already, at {letter.replayed_at:%Y-%m-%d %H:%M:%S} UTC"
        case LetterState.DISCARDED:
            return "it was discarded"
        case LetterState.WAITING if letter.exchange not in REPLAYED_TO:
            return f"it came from {letter.exchange!r}; replay it with: smartpredict dead-letters replay {letter.id}"
        case LetterState.WAITING:
            return None
