"""A worker process, put together in one place."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

import structlog
from faststream.rabbit import RabbitBroker

from broker.messages import Lane
from broker.service.consumer_watch import ConsumerWatch
from broker.service.http_endpoints import service_http
from broker.service.reporting import ThisProcess, reporting
from broker.service.tracing import start_tracing
from broker.transport.consumer import consumed_queues, consumer, start_consuming
from broker.transport.publisher import Publisher
from inference_worker.artefact_cache import ArtefactCache
from inference_worker.handlers import Handlers
from inference_worker.jobs.claims import ClaimScorer
from inference_worker.jobs.handler import JobHandler
from inference_worker.jobs.models import JobModels
from inference_worker.metrics import WorkerMetrics
from inference_worker.model_cache import ModelCache
from inference_worker.pipeline import LOCK_SECONDS, Pipeline
from inference_worker.profiling import roll_up_forever
from inference_worker.registry_poller import RegistryPoller, poll_forever
from inference_worker.settings import WorkerSettings
from inference_worker.shadow import ChallengerPoller, Shadow
from registry.client import Registry
from registry.names import CHALLENGER
from sql.base.engine import CALLER_SILENCE_SECONDS, connect_engine
from sql.registry.live_catalog import CatalogRefresher, files_to_begin_with
from sql.registry.processes import ender, reporter
from sql.registry.promotions import promoted_version
from sql.registry.workers import remove_worker, report_worker

REPORT_SECONDS = 5.0
"""Pause between two reports of a worker; three missed and it counts as dead."""

log = structlog.get_logger(__name__)


class Worker:
    """All that one worker process holds."""

    def __init__(self, settings: WorkerSettings) -> None:
        self.settings = settings
        self.worker_id = f"{socket.gethostname()}-{os.getpid()}"
        self.catalog = files_to_begin_with(settings.usecases)
        self.engine = connect_engine(settings.database_url.get_secret_value(), "worker", ask_first=False)
        self.online_engine = connect_engine(
            settings.database_url.get_secret_value(),
            "worker online",
            ask_first=False,
            lock_seconds=LOCK_SECONDS,
            silence_seconds=CALLER_SILENCE_SECONDS,
        )
        self.refresher = CatalogRefresher(self.engine, self.catalog)
        self.metrics = WorkerMetrics(self.catalog)
        self.tracing = start_tracing("worker")
        self.models = ModelCache()
        self.registry = Registry(settings.mlflow_url)
        self.news = asyncio.Event()
        promoted = partial(promoted_version, self.engine)
        artefacts = ArtefactCache(self.registry, settings.models, threads=settings.threads, promoted=promoted)
        self.poller = RegistryPoller(artefacts, self.models, self.catalog, self.metrics, self.news.set)
        self.shadow = Shadow(self.engine, self.metrics)
        shadows = ArtefactCache(self.registry, settings.models / "shadow", threads=1, alias=CHALLENGER)
        self.challengers = ChallengerPoller(shadows, self.shadow, self.catalog)
        # A lane of its own for callers who wait: they never queue behind a part of ten thousand rows.
        lane = partial(Pipeline, self.catalog, self.models)
        more = (self.tracing, self.refresher.refresh, self.shadow)
        self.bulk = lane(self.engine, Lane.BULK, *more)
        self.online = lane(self.online_engine, Lane.ONLINE, *more)
        versions = ArtefactCache(self.registry, settings.models / "jobs", threads=settings.threads)
        self.claims = ClaimScorer(
            self.engine, self.catalog, JobModels(self.models, versions), self.refresher.refresh, settings.job_claim_rows
        )
        url = settings.broker_url.get_secret_value()
        self.broker: RabbitBroker = consumer(url, f"smartpredict worker {self.worker_id}")
        self.publisher = Publisher(url, f"smartpredict worker {self.worker_id} answers")

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; parts that are begun are finished."""
        checks = service_http(
            self.settings.metrics_host, self.settings.metrics_port, self.metrics.registry, self._checks
        )
        lives = reporting(ThisProcess("worker"), reporter(self.engine), ender(self.engine))
        async with checks, lives, self.publisher, asyncio.TaskGroup() as tasks:
            handlers = Handlers(
                self.bulk, self.online, self.poller, self.publisher, self.metrics, self.tracing, self.challengers
            )
            handlers.subscribe(self.broker, self.settings, self.worker_id)
            jobs = JobHandler(self.claims, self.publisher, self.metrics, self.settings.job_prefetch)
            if Lane.JOBS in self.settings.taken_lanes:
                jobs.subscribe(self.broker)
            await self.refresher.look_once()
            await self.poller.start_from_cache()
            background = [
                tasks.create_task(
                    self.refresher.keep_refreshing(
                        lambda names: [tasks.create_task(self.poller.refresh(name)) for name in names]
                    )
                ),
                *(
                    tasks.create_task(poll_forever(poller.refresh, self.catalog, self.settings.model_poll))
                    for poller in (self.poller, self.challengers)
                ),
                tasks.create_task(self._keep_reporting()),
                tasks.create_task(roll_up_forever(self.engine, self.models, self.catalog.values())),
            ]
            await start_consuming(self.broker)
            watch = ConsumerWatch(self.publisher, partial(consumed_queues, self.broker))
            background.append(tasks.create_task(watch.run()))
            log.info("Worker is ready", worker_id=self.worker_id, models=self.models.versions())
            await stop.wait()
            await self.broker.stop()
            for task in background:
                task.cancel()
        jobs.close()
        self.bulk.close()
        self.online.close()
        await asyncio.to_thread(self.shadow.close)
        with contextlib.suppress(Exception):  # the report runs out by itself
            remove_worker(self.engine, self.worker_id)
        self.engine.dispose()
        self.online_engine.dispose()
        await asyncio.to_thread(self.tracing.close)
        self.registry.close()

    async def _checks(self) -> Mapping[str, bool]:
        return {"broker": await self.broker.ping(timeout=2.0), "model": bool(self.models.versions())}

    async def _keep_reporting(self) -> None:
        """Report now and then, and at once where another version is served: people wait for that."""
        started_at = datetime.now(UTC)
        while True:
            self.news.clear()
            report = (self.worker_id, started_at, self.models.versions(), dict(self.poller.problems))
            try:
                await asyncio.to_thread(report_worker, self.engine, *report)
            except Exception as error:  # noqa: BLE001  # a report that fails is repeated; the worker must go on
                log.warning("Worker could not report itself", error=str(error).partition("\n")[0])
                await asyncio.sleep(REPORT_SECONDS)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), REPORT_SECONDS)
