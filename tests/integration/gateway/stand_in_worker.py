"""A worker without a model, for tests of the gateway: it decodes, scores by a rule of thumb, commits and answers for real."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import aio_pika
import pyarrow as pa
from aio_pika.abc import AbstractIncomingMessage
from pydantic import BaseModel
from sqlalchemy import Engine

from broker.messages import HEADER_PROBE, PartFailed, PartHeader, PartScored, ProbeAnswer, decode_rows
from broker.topology import BULK, INBOX, ONLINE
from sql.base.engine import connect_engine
from sql.ledger.recording import AlreadyRecorded, record, table_rows
from sql.predictions.past import read_recorded
from sql.registry.workers import report_worker
from usecases.contract.catalog import load_catalog
from usecases.contract.row_layout import row_schema
from usecases.contract.spec import UseCase
from usecases.tasks.definition import Scores
from usecases.tasks.task import Task

MODEL_VERSION = 7
CATALOG = load_catalog()

_MEASURED = {"equipment_failure": "torque_nm", "iris": "petal_length_cm"}
"""The feature that decides."""


class StandInWorker:
    """Answers online parts; counts what it got, and can be told to fail or to be slow."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(2)
        self.version = MODEL_VERSION
        self.messages = 0
        self.requests = 0
        self.failure: PartFailed | None = None
        self.use_cases: dict[str, UseCase] = dict(CATALOG)
        self.pause = 0.0
        self.is_deaf = False

    async def on_message(self, message: AbstractIncomingMessage, channel: aio_pika.abc.AbstractChannel) -> None:
        if self.is_deaf:
            return
        if HEADER_PROBE in message.headers:
            await self._reply(message, channel, ProbeAnswer(problem=None))
            return
        header = PartHeader.from_headers(message.headers)
        self.messages += 1
        self.requests += len(header.segments)
        await asyncio.sleep(self.pause)
        answer: PartScored | PartFailed | None = self.failure
        if answer is None:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._threads, self._score_and_record, header, message.body)
        await self._reply(message, channel, answer)

    async def _reply(
        self, message: AbstractIncomingMessage, channel: aio_pika.abc.AbstractChannel, answer: BaseModel
    ) -> None:
        reply = aio_pika.Message(answer.model_dump_json().encode(), correlation_id=message.correlation_id)
        await channel.default_exchange.publish(reply, message.reply_to or "", mandatory=False)
        await message.ack()

    def _score_and_record(self, header: PartHeader, body: bytes) -> PartScored:
        use_case = self.use_cases[header.use_case]
        rows, numbers = decode_rows(body, row_schema(use_case))
        table = table_rows(header, numbers, rows, _score(use_case, rows), self.version)
        if isinstance(record(self._engine, use_case, header, table, self.version), AlreadyRecorded):
            stored = read_recorded(self._engine, use_case, [UUID(bytes=i) for i in table.column("id").to_pylist()])
            columns = {name: [row[name] for row in stored] for name in stored[0]}
            return _answer(columns, columns["model_version"][0])
        return _answer(table.to_pydict(), self.version)


def _answer(columns: dict[str, list[object]], version: int) -> PartScored:
    return PartScored.model_validate(
        {
            "model_version": version,
            "predictions": columns["prediction"],
            "scores": columns["score"],
            "class_scores": columns.get("scores"),
        }
    )


def _score(use_case: UseCase, rows: pa.RecordBatch) -> Scores:
    measured = rows.column(_MEASURED.get(use_case.name, "draught")).to_pylist()
    if use_case.task is Task.MULTICLASS:
        scores = [[value / 20, (20 - value) / 40, (20 - value) / 40] for value in measured]
        return Scores(
            prediction=pa.array([use_case.classes[row.index(max(row))] for row in scores]),
            score=pa.array([max(row) for row in scores]),
            scores=pa.array(scores, pa.list_(pa.float64())),
        )
    values = [value / 120 for value in measured]
    return Scores(
        prediction=pa.array([use_case.classes[value > 0.5] for value in values]), score=pa.array(values), scores=None
    )


@asynccontextmanager
async def stand_in_worker(broker_url: str, database_url: str) -> AsyncIterator[StandInWorker]:
    """Consume what the pipeline consumes while the block runs."""
    engine = connect_engine(database_url, "stand-in worker")
    worker = StandInWorker(engine)
    started_at = datetime.now(UTC)
    connection = await aio_pika.connect_robust(broker_url, reconnect_interval=0.5)
    try:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=8)

        async def on_message(message: AbstractIncomingMessage) -> None:
            await worker.on_message(message, channel)

        await (await channel.get_queue(ONLINE)).consume(on_message)
        for queue in (BULK, INBOX):
            await (await channel.get_queue(queue)).consume(_leave)
        beat = asyncio.create_task(_report(lambda: report_worker(engine, "stand-in", started_at, _models(worker), {})))
        yield worker
        beat.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beat
    finally:
        await connection.close()
        engine.dispose()


def _models(worker: StandInWorker) -> dict[str, int]:
    return dict.fromkeys(CATALOG, worker.version)


async def _leave(message: AbstractIncomingMessage) -> None:
    """Hold a message until the connection closes, as a busy consumer does."""


async def _report(report: Callable[[], None]) -> None:
    while True:
        with contextlib.suppress(Exception):
            await asyncio.to_thread(report)
        await asyncio.sleep(5)
