"""A request that never arrives is ended; one that is only slow is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gateway_api.door import slow_senders
from gateway_api.door.slow_senders import BoundedArrival
from local_stack.machine.ports import throwaway_port
from tests.support.waiting import eventually

HEAD = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n"


async def count(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(slow_senders, "ARRIVAL_SECONDS", 0.4)
    monkeypatch.setattr(slow_senders, "SLOWEST_BYTES_A_SECOND", 10)
    monkeypatch.setattr(slow_senders, "LOOK_SECONDS", 0.05)
    port = throwaway_port()
    app = Starlette(routes=[Route("/", count, methods=["POST"])])
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, http=BoundedArrival, lifespan="off", log_config=None, ws="none")
    )
    serving = asyncio.create_task(server.serve())
    await asyncio.to_thread(eventually, lambda: server.started)
    yield port
    server.should_exit = True
    await serving


async def answer_to(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Send pieces with pauses between them, and read until the server has closed the connection, or answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)
    answer = await asyncio.wait_for(reader.read(1_000), 20)
    writer.close()
    return answer


@pytest.mark.parametrize(
    "pieces",
    [(), (b"POST / HTTP/1.1\r\nhost: ",), (HEAD + b"\r\n",), (HEAD + b"\r\n12345",)],
    ids=["nothing", "half of the headers", "no body", "half of the body"],
)
async def test_what_never_arrives_is_ended(port: int, pieces: tuple[bytes, ...]) -> None:
    answer = await answer_to(port, *pieces)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_what_arrives_slowly_is_answered(port: int) -> None:
    answer = await answer_to(port, HEAD, b"\r\n", b"12345", b"67890", pause=0.1)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_a_connection_that_waits_for_its_next_request_is_left_alone(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(HEAD + b"\r\n1234567890")
        assert (await asyncio.wait_for(reader.read(1_000), 20)).endswith(b"10")
        await asyncio.sleep(0.6)
    writer.close()
