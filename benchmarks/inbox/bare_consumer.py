"""The bound of the inbox benchmark: the same messages by a consumer that checks, scores and accounts for nothing.

As fast as a plain program of this kind is: parsed, one binary COPY for a thousand, one acknowledgement of many.
"""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import aio_pika
import orjson
import pyarrow as pa
from aio_pika.abc import AbstractIncomingMessage
from sqlalchemy import Column, Double, Engine, MetaData, Table, Text, Uuid
from sqlalchemy.schema import CreateSchema

from benchmarks.inbox.outbox import RowMessages
from broker.transport.gathering import PREFETCH
from sql.base.copying import copy_rows

QUEUE = "bench.bare"
COPY_ROWS = 1_000
BARE_PREFETCH = max(PREFETCH, 2 * COPY_ROWS)
"""Ours, or as many as it needs so that messages are there while it stores those before."""


def bare_rate(engine: Engine, url: str, messages: RowMessages) -> float:
    """Publish messages to a queue of their own, consume them into a table, and give messages per second."""
    table = _table(messages)
    with engine.begin() as connection:
        connection.execute(CreateSchema("bench", if_not_exists=True))
        table.drop(connection, checkfirst=True)
        table.create(connection)
    return asyncio.run(_consume(engine, url, messages, table))


def _table(messages: RowMessages) -> Table:
    columns = [Column(name, Text if isinstance(value, str) else Double) for name, value in messages.example.items()]
    return Table("bare", MetaData(schema="bench"), Column("id", Uuid, primary_key=True), *columns)


async def _consume(engine: Engine, url: str, messages: RowMessages, table: Table) -> float:
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        await channel.queue_delete(QUEUE)
        queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        await messages.publish(channel, exchange="", routing_key=QUEUE)
        await channel.close()
        channel = await connection.channel(publisher_confirms=False)
        await channel.set_qos(prefetch_count=BARE_PREFETCH)
        queue = await channel.get_queue(QUEUE, ensure=False)
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        started = time.perf_counter()
        await queue.consume(arrived.put)
        done = 0
        while done < messages.count:
            lot = [await arrived.get() for _ in range(min(COPY_ROWS, messages.count - done))]
            await asyncio.to_thread(_store, engine, table, [message.body for message in lot])
            await lot[-1].channel.basic_ack(lot[-1].delivery_tag or 0, multiple=True)
            done += len(lot)
        seconds = time.perf_counter() - started
        await queue.delete(if_unused=False, if_empty=False)
    return messages.count / seconds


def _store(engine: Engine, table: Table, bodies: list[bytes]) -> None:
    rows = [orjson.loads(body) for body in bodies]
    names = [column.name for column in table.columns if column.name != "id"]
    columns = {
        name: pa.array(
            [row.get(name) for row in rows], pa.string() if isinstance(table.c[name].type, Text) else pa.float64()
        )
        for name in names
    }
    ids = pa.array([uuid4().bytes for _ in rows], pa.binary(16))
    with engine.begin() as connection:
        copy_rows(connection, table, pa.RecordBatch.from_pydict({"id": ids, **columns}))
