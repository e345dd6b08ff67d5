"""Commands: bodies that are one JSON object of a fixed shape."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from gateway_api.door.problems import InvalidParameters, MalformedBody, TooLarge
from gateway_api.wire.body import loads_once, read_body, require_json
from usecases.checking.json_size import LARGE_BODY, TooManyValuesError, require_bounded
from usecases.columns.patterns import WRITTEN, error_in_words

MOST_ERRORS = 20
"""Errors of a command that are listed; programs write commands, and make one mistake many times."""


MOST_READ_ERRORS = 50_000
"""Errors that are looked at to list those; where there are more, collecting them would take seconds."""

MOST_OBJECTS, MOST_MEMBERS = 25_000, 2_000
"""Objects in a command, and members of one: a little more than the largest that is taken has."""


MOST_NAME, MOST_REASON = 200, 500
"""Characters of who decides about what nobody could handle, and why: asked each time, and kept."""

Person = Annotated[str, StringConstraints(max_length=MOST_NAME, pattern=WRITTEN)]
Why = Annotated[str, StringConstraints(max_length=MOST_REASON, pattern=WRITTEN)]


class Command(BaseModel):
    """Base of all commands: an unknown member is an error, or a misspelt one would do nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")


C = TypeVar("C", bound=Command)


async def read_command(request: Request, kind: type[C], limit: int) -> C:
    """Read a command of limited size.

    Raises
    ------
    gateway_api.door.problems.Problem
        If it is no JSON, has another shape or is too large.
    """
    require_json(request)
    return await asyncio.to_thread(_parse, kind, await read_body(request, limit))


def _parse(kind: type[C], body: bytes) -> C:
    if len(body) > LARGE_BODY:
        try:
            require_bounded(body, MOST_OBJECTS, MOST_MEMBERS)
        except TooManyValuesError as error:
            raise TooLarge(f"The body cannot be read: {error}. Send it in several requests.") from None
    content = loads_once(body)
    try:
        # As JSON: there an id is a text.
        return kind.model_validate_json(json.dumps(content))
    except ValidationError as error:
        if (count := error.error_count()) > MOST_READ_ERRORS:
            raise InvalidParameters(
                f"{count:,} things are wrong with the body; send less of it to see which."
            ) from None
        raise _problem(error.errors(include_url=False)) from None


def _problem(errors: list[ErrorDetails]) -> InvalidParameters | MalformedBody:
    if errors[0]["type"] == "json_invalid":
        return MalformedBody(f"The body is no valid JSON. {errors[0]['msg']}.")
    found = [
        {"parameter": "/".join(map(str, error["loc"])) or "body", "in": "body", "message": error_in_words(error)}
        for error in errors[:MOST_ERRORS]
    ]
    listed = "; ".join(f"{entry['parameter']}: {entry['message']}" for entry in found[:5])
    return InvalidParameters(f"{listed}.", errors=found)
