"""An ingestion process, put together in one place."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from aio_pika.abc import AbstractRobustConnection
from faststream.rabbit import RabbitBroker
from sqlalchemy import Engine

from broker.administration.limits import QueueLimits
from broker.administration.queue_status import queue_status
from broker.service.consumer_watch import ConsumerWatch
from broker.service.http_endpoints import service_http
from broker.service.reporting import ThisProcess, reporting
from broker.service.tracing import Tracing, start_tracing
from broker.topology import DEAD_LETTERS, INBOX, PREDICT
from broker.transport.connection import BROKER_DOWN, connect
from broker.transport.consumer import consumed_queues, consumer, start_consuming
from broker.transport.gathering import LotConsumer
from broker.transport.publisher import Publisher
from ingestion.batches.ingest import DISK, BatchIngestor, retry_database
from ingestion.dead_letters.consumer import consume_dead_letters
from ingestion.files.claims import Folders
from ingestion.files.ingest import FileIngestor, ingest_file
from ingestion.files.outcomes import FileOutcome
from ingestion.files.watcher import Watcher
from ingestion.forecasts.making import ForecastMaker
from ingestion.forecasts.watching import ForecastWatch
from ingestion.messages.ingest import MessageIngestor
from ingestion.messages.released import keep_taking_up
from ingestion.metrics import IngestionMetrics
from ingestion.pipeline_gauges import StateGauges
from ingestion.settings import IngestionSettings
from sql.base.engine import connect_engine, is_database_there
from sql.base.migrate import require_current
from sql.registry.live_catalog import CatalogRefresher, files_to_begin_with
from sql.registry.processes import ender, reporter
from usecases.checking.table_check import load_checks
from usecases.contract.catalog import LiveCatalog

STUCK_SECONDS = 60.0
"""How long a queue may be full without taking anything: a worker takes a part in a tenth of a second."""

STOP_SECONDS = 8.0
"""How long handlers may take to finish; a supervisor kills after ten seconds or so."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingestion:
    """All that one ingestion process holds."""

    settings: IngestionSettings
    catalog: LiveCatalog
    refresher: CatalogRefresher
    engine: Engine
    metrics: IngestionMetrics
    publisher: Publisher
    messages: LotConsumer
    ingestor: MessageIngestor
    letters_broker: RabbitBroker
    tracing: Tracing
    batches: BatchIngestor
    files: FileIngestor

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; a file that is begun is taken up again by the next start."""
        watcher = Watcher(self.files, self.settings)
        looks: list[AbstractRobustConnection] = []

        async def checks() -> Mapping[str, bool]:
            return {
                "database": await asyncio.to_thread(is_database_there, self.engine),
                "files": watcher.is_alive,
                "disk": not DISK.is_full,
                "room": all(waiting.stuck_seconds < STUCK_SECONDS for waiting in self.publisher.waiting.values()),
                **{queue: await _is_consumed(looks, queue) for queue in (INBOX, DEAD_LETTERS)},
            }

        lives = reporting(ThisProcess("ingestion"), reporter(self.engine), ender(self.engine))
        door = service_http(self.settings.metrics_host, self.settings.metrics_port, self.metrics.registry, checks)
        async with door, lives:
            gauges = StateGauges(self.metrics.registry)
            watching = asyncio.create_task(gauges.keep_reading(self.engine))
            looking = asyncio.create_task(self.refresher.keep_refreshing(self._make_folders))
            working = asyncio.create_task(self._work(watcher, looks))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in (watching, looking, working, stopping):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working
        self.engine.dispose()
        await asyncio.to_thread(self.tracing.close)

    async def _work(self, watcher: Watcher, looks: list[AbstractRobustConnection]) -> None:
        await retry_database(require_current, self.engine)
        await retry_database(self.refresher.refresh)
        await asyncio.to_thread(load_checks)
        async with self.publisher, await connect(self._url, "smartpredict ingestion looks") as look:
            looks.append(look)
            consume_dead_letters(self.letters_broker, self.engine, self.metrics)
            await self.messages.start()
            await start_consuming(self.letters_broker)
            log.info("Ingestion is ready", use_cases=list(self.catalog))
            releasing = asyncio.create_task(keep_taking_up(self.ingestor, self.engine))
            forecasting = asyncio.create_task(ForecastWatch(ForecastMaker(self.batches), self.catalog).run())
            consumers = ConsumerWatch(
                self.publisher, lambda: [self.messages.queue, *consumed_queues(self.letters_broker)]
            )
            consuming = asyncio.create_task(consumers.run())
            try:
                await watcher.run()
            finally:
                for task in (releasing, forecasting, consuming):
                    task.cancel()
                # Handlers finish while the publisher is still open; one that waits for the database is given up, and
                # its message comes again.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(STOP_SECONDS):
                        await asyncio.gather(self.messages.stop(), self.letters_broker.stop())

    def _make_folders(self, changed: frozenset[str]) -> None:
        self.files.folders.make([name for name in changed if name in self.catalog])

    @property
    def _url(self) -> str:
        return self.settings.broker_url.get_secret_value()


def build(settings: IngestionSettings) -> Ingestion:
    """Build everything with what it needs; nothing connects yet."""
    catalog = files_to_begin_with(settings.usecases)
    engine = connect_engine(settings.database_url.get_secret_value(), "ingestion", pool_size=10)
    metrics = IngestionMetrics(catalog)
    metrics.disk_full.set_function(lambda: DISK.waiting)
    metrics.watch_disk(settings.data)
    tracing = start_tracing("ingestion")
    url = settings.broker_url.get_secret_value()
    publisher = Publisher(url, "smartpredict ingestion parts")
    for exchange in (PREDICT, DEAD_LETTERS):
        metrics.waiting_messages.labels(exchange).set_function(partial(_count_waiting, publisher, exchange))
    limits = QueueLimits()
    metrics.inbox_max_messages.set(limits.inbox_max_messages)
    metrics.inbox_max_bytes.set(limits.inbox_max_bytes)
    batches = BatchIngestor(
        engine=engine,
        publisher=publisher,
        catalog=catalog,
        metrics=metrics,
        part_rows=settings.part_rows,
        tracing=tracing,
    )
    ingestor = MessageIngestor(batches, settings.refusals)
    return Ingestion(
        settings=settings,
        catalog=catalog,
        refresher=CatalogRefresher(engine, catalog),
        engine=engine,
        metrics=metrics,
        publisher=publisher,
        messages=LotConsumer(url, "smartpredict ingestion", INBOX, ingestor.take),
        ingestor=ingestor,
        letters_broker=consumer(url, "smartpredict ingestion dead letters"),
        tracing=tracing,
        batches=batches,
        files=FileIngestor(batches, Folders(settings.data.resolve())),
    )


def _count_waiting(publisher: Publisher, exchange: str) -> int:
    return publisher.waiting[exchange].count


def ingest_now(settings: IngestionSettings, path: Path, use_case: str | None = None) -> FileOutcome:
    """Ingest one file and wait until its rows are with the workers: for schedules and scripts."""

    async def run() -> FileOutcome:
        ingestion = build(settings)
        try:
            await retry_database(ingestion.refresher.refresh)
            ingestion.files.folders.make(list(ingestion.catalog))
            async with ingestion.publisher:
                return await ingest_file(ingestion.files, path, use_case)
        finally:
            ingestion.engine.dispose()
            ingestion.tracing.close()

    return asyncio.run(run())


async def _is_consumed(looks: list[AbstractRobustConnection], queue: str) -> bool:
    """Ask the broker whether somebody consumes a queue: a connection that is up does not prove it."""
    try:
        async with asyncio.timeout(2):
            found = await queue_status(looks[0], queue) if looks else None
    except BROKER_DOWN:
        return False
    return found is not None and found.consumers > 0
