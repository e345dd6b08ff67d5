"""Connections to RabbitMQ that outlive a restart of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import aio_pika
import structlog
from aio_pika import RobustConnection
from aio_pika.abc import AbstractRobustConnection
from aiormq.exceptions import AMQPError

from broker.transport.blocking import tell_of_blocking
from broker.transport.decoding import prepare_client
from broker.transport.hosts import ask_each_host, ask_last, for_client_library

RECONNECT_SECONDS = 1.0
"""Pause between two attempts to reach the broker; a restart takes it six seconds or more."""

HEARTBEAT_SECONDS = 6
"""After two or three of these without a word the broker gives the messages of a host that has vanished to others; after
three a service looks for the broker anew."""

BROKER_DOWN = (AMQPError, ConnectionError, OSError, asyncio.TimeoutError, RuntimeError)
"""What aio-pika and aiormq raise while the broker is away; RuntimeError is theirs for a channel that is just closing."""

log = structlog.get_logger(__name__)

T = TypeVar("T")


async def connect(url: str, name: str, kind: type[RobustConnection] = RobustConnection) -> AbstractRobustConnection:
    """Connect to a host of a URL, waiting until one is there; after that the connection restores itself, at any of them."""
    return await retry_while_down(lambda: _connect(url, name, kind), "Broker is away, trying again")


def client_url(url: str) -> str:
    """Return a URL as the client library takes it, with our heartbeat unless it asks for one itself.

    From then on the library asks each host that the URL names, whenever it connects.
    """
    ask_each_host()
    return for_client_library(url, heartbeat=HEARTBEAT_SECONDS)


async def give_up(connection: AbstractRobustConnection) -> None:
    """Leave a host that answers and does nothing; the connection restores itself, at another host if there is one."""
    if connection.transport is not None:
        ask_last(connection.transport.connection.url)
        await connection.transport.connection.close(ConnectionError("the host did nothing for long and was left"))


def is_cancelled() -> bool:
    """Return whether somebody cancelled the task that runs.

    What waits on a connection that said nothing for three heartbeats the client library ends with a CancelledError, too, as
    if somebody had. Who takes that for the end of the work loses what was not confirmed.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


@contextlib.contextmanager
def given_up_is_down() -> Iterator[None]:
    """Raise ConnectionError where the client library gives a connection up; a cancellation of the task goes through."""
    try:
        yield
    except asyncio.CancelledError as error:
        if is_cancelled():
            raise
        raise ConnectionError("the connection to the broker said nothing for long and was given up") from error


async def retry_while_down(attempt: Callable[[], Awaitable[T]], message: str) -> T:
    """Repeat what fails because the broker is away, for as long as it takes."""
    while True:
        try:
            with given_up_is_down():
                return await attempt()
        except BROKER_DOWN as error:
            log.warning(message, error=repr(error))
            await asyncio.sleep(RECONNECT_SECONDS)


async def _connect(url: str, name: str, kind: type[RobustConnection]) -> AbstractRobustConnection:
    prepare_client()
    tell_of_blocking()
    made: list[RobustConnection] = []

    def make(*arguments: Any, **named: Any) -> RobustConnection:
        made.append(kind(*arguments, **named))
        return made[-1]

    try:
        return await aio_pika.connect_robust(
            client_url(url),
            client_properties={"connection_name": name},
            reconnect_interval=RECONNECT_SECONDS,
            timeout=10,
            connection_class=make,
        )
    except BaseException:
        # Left alone it goes on trying, whoever is told to stop: the program that has given up would never end.
        for connection in made:
            await connection.close()
        raise
