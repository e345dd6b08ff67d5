"""Commands: bodies that are one JSON object of a fixed shape."""

from __future__ import annotations

import asyncio
import json
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from gateway_api.door.problems import InvalidParameters, MalformedBody
from gateway_api.wire.body import loads_once, read_body, require_json

MOST_ERRORS = 20
"""Errors of a command that are listed; programs write commands, and make one mistake many times."""


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
    content = loads_once(body)
    try:
        # As JSON: there an id is a text.
        return kind.model_validate_json(json.dumps(content))
    except ValidationError as error:
        raise _problem(error.errors(include_url=False)) from None


def _problem(errors: list[ErrorDetails]) -> InvalidParameters | MalformedBody:
    if errors[0]["type"] == "json_invalid":
        return MalformedBody(f"The body is no valid JSON. {errors[0]['msg']}.")
    found = [
        {"parameter": "/".join(map(str, error["loc"])) or "body", "in": "body", "message": error["msg"]}
        for error in errors[:MOST_ERRORS]
    ]
    listed = "; ".join(f"{entry['parameter']}: {entry['message']}" for entry in found[:5])
    return InvalidParameters(f"{listed}.", errors=found)
