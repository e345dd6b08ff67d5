"""Dead letters over HTTP: list them, look into one, send them again."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway_api.dead_letters.answers import (
    DeadLetter,
    DeadLetterContent,
    DeadLetterPage,
    HoldAnswer,
    HoldList,
    LetterRepaired,
    LetterRowsAnswer,
    LettersDiscarded,
    hold_answer,
    letter_content,
)
from gateway_api.dead_letters.problems import hold_errors_as_problems
from gateway_api.dead_letters.reference import (
    DISCARD_HOLD,
    DISCARD_LETTERS,
    HOLDS,
    LETTER,
    LETTER_ROWS,
    LETTERS,
    RELEASE_HOLD,
    REPAIR_LETTER,
    REPLAY_LETTERS,
)
from gateway_api.dead_letters.repair import discard_letters, repair_letter, rows_of_letter
from gateway_api.dead_letters.replay import replay_letters
from gateway_api.dead_letters.requests import (
    DiscardLetters,
    HoldQuery,
    HoldState,
    LetterQuery,
    LetterRowsQuery,
    RepairLetter,
    ReplayLetters,
)
from gateway_api.door.accounts import require_admin, require_person, require_replay
from gateway_api.door.problems import UnknownLetter
from gateway_api.gateway import gateway_of
from gateway_api.wire.commands import read_command
from gateway_api.wire.cursors import cursor_of_id, cut_page, id_of_cursor
from sql.dead_letters.decisions import decisions_of
from sql.dead_letters.holds import Decision, decide_hold, list_holds
from sql.dead_letters.storage import find_letter, newest_letters

MOST_COMMAND_BYTES = 64 * 1024
"""Of a replay: a hundred ids are 4 kB."""

HoldNumber = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the hold.")]

router = APIRouter(tags=["Operations"])


@router.get("/dead-letters", **LETTERS)
def dead_letters(request: Request, query: Annotated[LetterQuery, Query()]) -> DeadLetterPage:
    """List messages nobody could handle, the newest first."""
    before = id_of_cursor(query.cursor)
    found = newest_letters(gateway_of(request).engine, query.which, before=before, limit=query.limit + 1)
    shown, cursor = cut_page(found, query.limit, lambda last: cursor_of_id(last["letter_id"]))
    return DeadLetterPage(dead_letters=[DeadLetter.model_validate(dict(row)) for row in shown], next_cursor=cursor)


@router.get("/dead-letters/{letter_id:uuid}", **LETTER)
def dead_letter(request: Request, letter_id: UUID) -> DeadLetterContent:
    """Look into a dead letter; looking changes nothing."""
    engine = gateway_of(request).engine
    letter = find_letter(engine, letter_id)
    if letter is None:
        raise UnknownLetter(f"There is no dead letter {letter_id}. GET /dead-letters names them.")
    return letter_content(letter, decisions_of(engine, letter_id))


@router.get("/dead-letters/{letter_id:uuid}/rows", **LETTER_ROWS)
def letter_rows(request: Request, letter_id: UUID, query: Annotated[LetterRowsQuery, Query()]) -> LetterRowsAnswer:
    """Read the rows of a dead letter, with what is wrong with each; looking changes nothing."""
    return rows_of_letter(gateway_of(request), letter_id, query.use_case)


@router.post("/dead-letters/{letter_id:uuid}/repair", **REPAIR_LETTER)
async def repair(request: Request, letter_id: UUID) -> LetterRepaired:
    """Send a dead letter on with repaired rows; who did so and why is kept, as is what it held."""
    account, gateway = require_person(request, "repair dead letters"), gateway_of(request)
    command = await read_command(request, RepairLetter, gateway.settings.max_body_bytes)
    return await repair_letter(gateway, letter_id, command, account)


@router.post("/dead-letters/discard", **DISCARD_LETTERS)
async def discard(request: Request) -> LettersDiscarded:
    """Discard dead letters for a reason; what they hold stays for a while, their rows count as dead-lettered for good."""
    account, gateway = require_person(request, "discard dead letters"), gateway_of(request)
    command = await read_command(request, DiscardLetters, MOST_COMMAND_BYTES)
    return await asyncio.to_thread(discard_letters, gateway, command, account)


@router.post("/dead-letters/replay", **REPLAY_LETTERS)
async def replay_dead_letters(request: Request) -> Response:
    """Send dead letters again to where they came from, after their cause was mended."""
    require_replay(request)
    gateway = gateway_of(request)
    command = await read_command(request, ReplayLetters, MOST_COMMAND_BYTES)
    answer = await replay_letters(gateway.broker, gateway.engine, command.letter_ids)
    return JSONResponse(answer.model_dump(mode="json"), status_code=202)


@router.get("/dead-letters/holds", **HOLDS)
def held(request: Request, query: Annotated[HoldQuery, Query()]) -> HoldList:
    """List senders whose refused messages are held."""
    found = list_holds(gateway_of(request).engine, everything=query.state is HoldState.ALL)
    return HoldList(holds=[hold_answer(hold) for hold in found])


@router.post("/dead-letters/holds/{number}/release", **RELEASE_HOLD)
def release_hold(request: Request, number: HoldNumber) -> HoldAnswer:
    """Have held messages taken up again."""
    return _decide(request, number, Decision.RELEASED)


@router.post("/dead-letters/holds/{number}/discard", **DISCARD_HOLD)
def discard_hold(request: Request, number: HoldNumber) -> HoldAnswer:
    """Discard held messages."""
    return _decide(request, number, Decision.DISCARDED)


def _decide(request: Request, number: int, decision: Decision) -> HoldAnswer:
    admin = require_admin(request, "decide about messages that are held")
    with hold_errors_as_problems():
        return hold_answer(decide_hold(gateway_of(request).engine, number, decision, admin.name))
