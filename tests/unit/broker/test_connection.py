"""Giving up on a broker that does not answer."""

from __future__ import annotations

import asyncio
import socket

import pytest

from broker.transport.connection import connect


def test_a_program_ends_that_gives_up_while_the_broker_says_nothing() -> None:
    async def give_up(port: int) -> None:
        async with asyncio.timeout(0.2):
            await connect(f"amqp://somebody:secret@127.0.0.1:{port}/", "tests")

    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        # It returns once every task has ended.
        asyncio.run(give_up(silent.getsockname()[1]))
