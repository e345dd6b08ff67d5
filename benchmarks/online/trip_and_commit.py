"""The bound of a lone caller: a message there and back between two processes, and a commit of one row.

python -m benchmarks.online.trip_and_commit BROKER_URL QUEUE   (answers what comes by the queue)
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time

import aio_pika
import psycopg2
import uvloop
from aio_pika.abc import AbstractIncomingMessage

from benchmarks.report import median

TRIPS = 300
PAUSE_SECONDS = 0.004
"""Between two trips, as long as a caller needs for the rest: a process that just ran runs faster."""

QUEUE = "bench.trips"
BODY = bytes(700)
"""About what a part of one row takes."""


def trip_and_commit_ms(broker_url: str, database_url: str) -> float:
    """Measure both by themselves, and return the sum of their medians in milliseconds."""
    responder = subprocess.Popen([sys.executable, "-m", __name__, broker_url, QUEUE], stdout=subprocess.PIPE)
    try:
        assert responder.stdout is not None
        responder.stdout.readline()
        trip = uvloop.run(_trip_ms(broker_url))
    finally:
        responder.terminate()
        responder.wait(10)
    return trip + _commit_ms(database_url)


async def _trip_ms(url: str) -> float:
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        replies = await channel.declare_queue(exclusive=True, auto_delete=True)
        answered: asyncio.Queue[None] = asyncio.Queue()

        async def note(_: AbstractIncomingMessage) -> None:
            answered.put_nowait(None)

        await replies.consume(note, no_ack=True)
        found = []
        for _ in range(TRIPS):
            started = time.perf_counter()
            await channel.default_exchange.publish(aio_pika.Message(BODY, reply_to=replies.name), QUEUE)
            await answered.get()
            found.append(1000 * (time.perf_counter() - started))
            await asyncio.sleep(PAUSE_SECONDS)
        await channel.queue_delete(QUEUE)
    return median(found)


def _commit_ms(url: str) -> float:
    plain_url = url.replace("postgresql+psycopg2", "postgresql")
    with contextlib.closing(psycopg2.connect(plain_url)) as connection, connection.cursor() as cursor:
        cursor.execute("create schema if not exists bench")
        cursor.execute("create table if not exists bench.commits (id serial primary key, body bytea)")
        connection.commit()
        found = []
        for _ in range(TRIPS):
            started = time.perf_counter()
            cursor.execute("insert into bench.commits (body) values (%s)", (BODY,))
            connection.commit()
            found.append(1000 * (time.perf_counter() - started))
            time.sleep(PAUSE_SECONDS)
    return median(found)


async def _respond(url: str, queue_name: str) -> None:
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(queue_name, durable=True)

        async def answer(message: AbstractIncomingMessage) -> None:
            assert message.reply_to is not None
            await channel.default_exchange.publish(aio_pika.Message(message.body), message.reply_to)
            await message.ack()

        await queue.consume(answer)
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_respond(*sys.argv[1:]))
