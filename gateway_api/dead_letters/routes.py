"""Dead letters over HTTP: list them, look into one, send them again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway_api.dead_letters.answers import DeadLetter, DeadLetterContent, DeadLetterPage, letter_content
from gateway_api.dead_letters.reference import LETTER, LETTERS, REPLAY_LETTERS
from gateway_api.dead_letters.replay import replay_letters
from gateway_api.dead_letters.requests import LetterQuery, ReplayLetters
from gateway_api.door.accounts import require_replay
from gateway_api.door.problems import UnknownLetter
from gateway_api.gateway import gateway_of
from gateway_api.wire.commands import read_command
from gateway_api.wire.cursors import cursor_of_id, cut_page, id_of_cursor
from sql.dead_letters.storage import find_letter, newest_letters

MOST_COMMAND_BYTES = 64 * 1024
"""Of a replay: a hundred ids are 4 kB."""

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
    letter = find_letter(gateway_of(request).engine, letter_id)
    if letter is None:
        raise UnknownLetter(f"There is no dead letter {letter_id}. GET /dead-letters names them.")
    return letter_content(letter)


@router.post("/dead-letters/replay", **REPLAY_LETTERS)
async def replay_dead_letters(request: Request) -> Response:
    """Send dead letters again to where they came from, after their cause was mended."""
    require_replay(request)
    gateway = gateway_of(request)
    command = await read_command(request, ReplayLetters, MOST_COMMAND_BYTES)
    answer = await replay_letters(gateway.broker, gateway.engine, command.letter_ids)
    return JSONResponse(answer.model_dump(mode="json"), status_code=202)
