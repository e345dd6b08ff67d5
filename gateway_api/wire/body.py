"""Reading a body: never more of it than allowed, and JSON in which no name stands twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import ClientDisconnect, Request

from gateway_api.door.problems import InvalidParameters, MalformedBody, TooLarge, UnsupportedMediaType

MOST_ERRORS = 20
"""Errors of a command that are listed; programs write commands, and make one mistake many times."""


class Command(BaseModel):
    """Base of all commands: an unknown member is an error, or a misspelt one would do nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")


C = TypeVar("C", bound=Command)


def require_json(request: Request) -> None:
    """Refuse a body that does not say it is JSON.

    Raises
    ------
    UnsupportedMediaType
        If it says something else, or nothing.
    """
    kind = request.headers.get("content-type", "")
    if kind != "application/json" and kind.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("Send the rows as JSON, with the header `Content-Type: application/json`.")
    if "content-encoding" in request.headers:
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")


async def read_body(request: Request, limit: int) -> bytes:
    """Read a whole body of limited size.

    Raises
    ------
    TooLarge
        As soon as it is clear that the body is larger, announced or not.
    """
    chunks = [chunk async for chunk in stream_body(request, limit)]
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def stream_body(request: Request, limit: int) -> AsyncIterator[bytes]:
    """Yield a body piece by piece.

    Raises
    ------
    TooLarge
        As soon as it is clear that the body is larger, announced or not.
    starlette.requests.ClientDisconnect
        If the caller hangs up before the end.
    """
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal():
        raise MalformedBody("Content-Length is no number.")
    received = int(announced)
    if received > limit:
        raise TooLarge(f"The body announces {received} bytes; at most {limit} are taken here.", limit=limit)
    received = 0
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        received += len(chunk)
        if received > limit:
            raise TooLarge(f"The body has more than the {limit} bytes that are taken here.", limit=limit)
        if chunk:
            yield chunk
        more = message.get("more_body", False)


def loads_once(body: bytes) -> Any:
    """Parse JSON in which no name stands twice in one object; the parser would keep the last without a word.

    Raises
    ------
    MalformedBody
        If it is none.
    """
    try:
        return json.loads(body, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise MalformedBody(f"The body is no valid JSON. {error}.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise MalformedBody(f"The name {doubled[:60]!r} stands twice in one object; which of the two is meant?")
    return found


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
