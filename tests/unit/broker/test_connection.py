"""Giving up on a broker that does not answer, and being given up by the client library."""

from __future__ import annotations

import asyncio
import socket

import pytest

from broker.transport.connection import connect, given_up_is_down


def test_a_program_ends_that_gives_up_while_the_broker_says_nothing() -> None:
    async def give_up(port: int) -> None:
        async with asyncio.timeout(0.2):
            await connect(f"amqp://somebody:secret@127.0.0.1:{port}/", "tests")

    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        # It returns once every task has ended.
        asyncio.run(give_up(silent.getsockname()[1]))


def test_what_the_client_library_gives_up_is_an_error_and_a_cancelled_task_stays_cancelled() -> None:
    async def wait(future: asyncio.Future[None]) -> None:
        with given_up_is_down():
            await future

    async def run() -> None:
        loop = asyncio.get_running_loop()
        given_up = loop.create_future()
        given_up.set_exception(asyncio.CancelledError())
        with pytest.raises(ConnectionError, match="given up"):
            await wait(given_up)
        waiting = asyncio.create_task(wait(loop.create_future()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await wait(loop.create_future())

    asyncio.run(run())
