"""A trainer: takes up the trainings that were ordered, one at a time, and writes down what becomes of them."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy import Engine

from broker.service.http_endpoints import service_http
from broker.service.reporting import ThisProcess, reporting
from sql.base.engine import connect_engine, is_database_away, is_database_there
from sql.registry.processes import ender, reporter
from sql.registry.training_claims import TrainingEnd, claim_training, end_training, have_ended, release_training
from sql.registry.trainings import FOLDER, Training
from training.service.metrics import TrainerMetrics
from training.service.process import run_in_process
from training.service.settings import TrainerSettings

LOOK_SECONDS = 1.0
"""Pause between two looks for a training that waits."""

TIDY_SECONDS = 60.0
"""Pause between two looks for files that no training needs any more."""

ABANDONED_SECONDS = 24 * 3600.0
"""Age of a file of which no training is known, past which it goes; a younger one may belong to an order on its way."""

log = structlog.get_logger(__name__)


class Trainer:
    """All that one trainer process holds."""

    def __init__(self, settings: TrainerSettings) -> None:
        self.settings = settings
        self.engine = connect_engine(settings.database_url.get_secret_value(), "trainer", pool_size=2)
        self.metrics = TrainerMetrics()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; a training that is under way is given back, to be begun again."""
        host, port = self.settings.metrics_host, self.settings.metrics_port
        lives = reporting(ThisProcess("trainer"), reporter(self.engine), ender(self.engine))
        async with service_http(host, port, self.metrics.registry, self._checks), lives:
            working = asyncio.create_task(self._work())
            stopping = asyncio.create_task(stop.wait())
            log.info("Trainer is ready")
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in (working, stopping):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working
        self.engine.dispose()

    async def _checks(self) -> Mapping[str, bool]:
        return {"database": await asyncio.to_thread(is_database_there, self.engine)}

    async def _work(self) -> None:
        tidy_at = 0.0
        while True:
            try:
                training = await asyncio.to_thread(claim_training, self.engine)
                if training is not None:
                    await self._train(training)
                    tidy_at = 0.0
                if time.monotonic() >= tidy_at:
                    await asyncio.to_thread(remove_unneeded_files, self.engine, self.settings.data / FOLDER)
                    tidy_at = time.monotonic() + TIDY_SECONDS
            except Exception as error:
                if not is_database_away(error):
                    log.exception("Trainer cannot work")
                else:
                    log.warning("Database is away", error=str(error).partition("\n")[0])
            await asyncio.sleep(LOOK_SECONDS)

    async def _train(self, training: Training) -> None:
        about = {"training_id": str(training.id), "use_case": training.order.use_case}
        log.info("Training begins", attempt=training.attempts, **about)
        with self.metrics.running.track_inprogress():
            try:
                end = await run_in_process(training, self.engine, self.settings)
            except asyncio.CancelledError:
                await asyncio.to_thread(release_training, self.engine, training)
                raise
            outcome = "cancelled" if end is None else await self._write_down(training, end)
        self.metrics.ended[outcome].inc()
        log.info("Training has ended", outcome=outcome, problem=end.problem if end else None, **about)

    async def _write_down(self, training: Training, end: TrainingEnd) -> str:
        """Write down how a training ended, as soon as the database is there; return the outcome in a word."""
        while True:
            try:
                was_wanted = await asyncio.to_thread(end_training, self.engine, training, end)
            except Exception as error:
                if not is_database_away(error):
                    raise
                log.warning("Database is away; the end of a training is held", error=str(error).partition("\n")[0])
                await asyncio.sleep(LOOK_SECONDS)
                continue
            if not was_wanted:
                return "cancelled"
            return "failed" if end.result is None else "succeeded"


def remove_unneeded_files(engine: Engine, folder: Path) -> None:
    """Remove the files of trainings that have ended, and those that were left behind by an order that failed."""
    if not folder.is_dir():
        return
    by_id: dict[UUID, Path] = {}
    for path in folder.iterdir():
        with contextlib.suppress(ValueError):  # not one of ours
            by_id[UUID(path.name)] = path
    ended = have_ended(engine, by_id)
    oldest = time.time() - ABANDONED_SECONDS
    for training_id, path in by_id.items():
        if ended.get(training_id, path.stat().st_mtime < oldest):
            shutil.rmtree(path, ignore_errors=True)
