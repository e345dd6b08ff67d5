"""A worker without a model: records every part that waits, as a real one does, with made-up scores."""

from __future__ import annotations

import asyncio

import aio_pika
import pyarrow as pa
from sqlalchemy import Engine

from broker.messages import PartHeader, decode_rows
from broker.topology import BULK
from sql.ledger.recording import record, table_rows
from usecases.contract.catalog import load_catalog
from usecases.contract.row_layout import row_schema
from usecases.tasks.definition import Scores

CATALOG = load_catalog()


async def record_waiting_parts(engine: Engine, broker_url: str, *, most: int | None = None) -> list[int]:
    """Record the parts that wait, at most so many, and give the number of each in the order they came."""
    numbers: list[int] = []
    connection = await aio_pika.connect(broker_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue(BULK)
        while most is None or len(numbers) < most:
            message = await queue.get(fail=False)
            if message is None:
                break
            numbers.append(await asyncio.to_thread(_record, engine, dict(message.headers), message.body))
            await message.ack()
    return numbers


def _record(engine: Engine, headers: dict[str, object], body: bytes) -> int:
    header = PartHeader.from_headers(headers)
    use_case = CATALOG[header.use_case]
    rows, row_numbers = decode_rows(body, row_schema(use_case))
    count = rows.num_rows
    many = len(use_case.classes) > 2
    shares = pa.array([[1 / len(use_case.classes)] * len(use_case.classes)] * count) if many else None
    scores = Scores(pa.repeat(use_case.classes[0], count), pa.repeat(0.5, count), shares)
    record(engine, use_case, header, table_rows(header, row_numbers, rows, scores, 1), 1)
    return header.part_number
