"""Reading a body without ever holding more of it than allowed."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from gateway_api.door.problems import MalformedBody, TooLarge, UnsupportedMediaType


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
    """Give a body piece by piece.

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
