"""Dead letters over HTTP: list them, look into one, send them again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broker.dead_letters import send_again
from broker.publisher import BrokerDownError, Publisher, QueueFullError, UnroutableError
from broker.topology import INBOX, PREDICT
from gateway_api.broker_link import BrokerLink
from gateway_api.dead_letters.bodies import show_body
from gateway_api.door.problems import BrokerAway, UnknownLetter
from gateway_api.gateway import decider_of, gateway_of
from gateway_api.quarantine.answers import DeadLetter, DeadLetterContent, DeadLetterPage, LettersReplayed, SkippedLetter
from gateway_api.quarantine.reference import LETTER, LETTERS, REPLAY_LETTERS
from gateway_api.quarantine.requests import LetterQuery, ReplayLetters
from gateway_api.wire.commands import read_command
from gateway_api.wire.cursors import cursor_of_id, id_of_cursor
from sql.dead_letters.storage import Letter, LetterState, find_letter, mark_letter_replayed, newest_letters

REPLAYED_TO = frozenset({PREDICT, INBOX})
"""Exchanges the gateway's account may write to; the broker closes the channel of whoever tries another one."""

MOST_COMMAND_BYTES = 64 * 1024
"""Of a replay: a hundred ids are 4 kB."""

router = APIRouter(tags=["Operations"])


@router.get("/dead-letters", **LETTERS)
def dead_letters(request: Request, query: Annotated[LetterQuery, Query()]) -> DeadLetterPage:
    """List messages nobody could handle, the newest first."""
    before = id_of_cursor(query.cursor)
    rows = newest_letters(gateway_of(request).engine, query.which, before=before, limit=query.limit + 1)
    shown = [DeadLetter.model_validate(dict(row)) for row in rows[: query.limit]]
    more = len(rows) > query.limit
    return DeadLetterPage(dead_letters=shown, next_cursor=cursor_of_id(shown[-1].letter_id) if more else None)


@router.get("/dead-letters/{letter_id}", **LETTER)
def dead_letter(request: Request, letter_id: UUID) -> DeadLetterContent:
    """Look into a dead letter; looking changes nothing."""
    letter = find_letter(gateway_of(request).engine, letter_id)
    if letter is None:
        raise UnknownLetter(f"There is no dead letter {letter_id}. GET /dead-letters names them.")
    return letter_content(letter)


@router.post("/dead-letters/replay", **REPLAY_LETTERS)
async def replay_dead_letters(request: Request) -> Response:
    """Send dead letters again to where they came from, after their cause was mended."""
    decider_of(request)
    gateway = gateway_of(request)
    command = await read_command(request, ReplayLetters, MOST_COMMAND_BYTES)
    answer = await _replay(gateway.broker, gateway.engine, dict.fromkeys(command.letter_ids))
    return JSONResponse(answer.model_dump(mode="json"), status_code=202)


def letter_content(letter: Letter) -> DeadLetterContent:
    """Lay a letter out as an answer."""
    shown = show_body(letter)
    same = ("letter_id", "queue", "use_case", "batch_id", "rows", "cause", "died_at", "replayed_at", "discarded_at")
    return DeadLetterContent(
        **{name: getattr(letter, name) for name in same},
        number=letter.id,
        size=len(letter.body),
        content_type=letter.content_type,
        headers=letter.headers,
        body=shown.text,
        body_truncated=shown.is_truncated,
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of the letters so far."""

    replayed: list[UUID] = field(default_factory=list)
    skipped: dict[UUID, str] = field(default_factory=dict)

    def answer(self) -> LettersReplayed:
        skipped = [SkippedLetter(letter_id=name, message=message) for name, message in self.skipped.items()]
        return LettersReplayed(replayed=self.replayed, skipped=skipped)


async def _replay(broker: BrokerLink, engine: Engine, letter_ids: dict[UUID, None]) -> LettersReplayed:
    """Send letters one after the other; one that cannot be sent does not keep the others."""
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
    """Tell why a letter is not sent again; None if it may be."""
    if letter is None:
        return "there is no such dead letter"
    match letter.state:
        case LetterState.REPLAYED:
            return f"it was sent again already, at {letter.replayed_at:%Y-%m-%d %H:%M:%S} UTC"
        case LetterState.DISCARDED:
            return "it was given up, and its body deleted"
        case LetterState.WAITING if letter.exchange not in REPLAYED_TO:
            return f"it came from {letter.exchange!r}; replay it with: smartpredict dead-letters replay {letter.id}"
        case LetterState.WAITING:
            return None
