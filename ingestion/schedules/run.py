"""One run of a schedule: open what it needs, take in a bounded number of files, and fail where servers stay away."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from itertools import chain, zip_longest
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy import Engine

from broker.service.tracing import start_tracing
from broker.transport.publisher import Publisher
from ingestion.batches.ingest import DISK, BatchIngestor
from ingestion.files.arrivals import Settling, arrived_files
from ingestion.files.claims import Folders
from ingestion.files.ingest import MAX_FAILURES, FileIngestor, give_up, ingest_file
from ingestion.files.outcomes import FileFailedError, FileGone, FileOutcome
from ingestion.metrics import IngestionMetrics
from ingestion.schedules.report import RunReport
from ingestion.settings import IngestionSettings
from sql.base.engine import connect_engine, is_database_away, is_database_there
from sql.base.migrate import require_current
from sql.registry.live_catalog import registered_catalog
from usecases.contract.catalog import LiveCatalog

_LOOK_SECONDS = 1.0
"""Pause between two looks at the servers, and before a file that failed is tried again."""

log = structlog.get_logger(__name__)

T = TypeVar("T")


class ServersAwayError(Exception):
    """A server did not answer, or no worker took rows, for longer than a run bears; the next run goes on from here."""


async def with_file_ingestor(settings: IngestionSettings, work: Callable[[FileIngestor], Awaitable[T]]) -> T:
    """Do something with one engine and one publisher for all files of a run.

    Raises
    ------
    ServersAwayError
        If a server stays away. What was begun is in ``processing`` and in the ledger, for the next run.
    """
    folders = Folders(settings.data.resolve())
    engine = connect_engine(settings.database_url.get_secret_value(), "schedule", pool_size=settings.files_at_once + 1)
    publisher = Publisher(settings.broker_url.get_secret_value(), "smartpredict schedule")
    async with AsyncExitStack() as stack:
        stack.callback(engine.dispose)
        tracing = start_tracing("schedule")
        stack.push_async_callback(asyncio.to_thread, tracing.close)
        catalog = await asyncio.to_thread(use_cases_in_force, engine)
        try:
            async with asyncio.timeout(settings.server_seconds.total_seconds()):
                await stack.enter_async_context(publisher)
        except TimeoutError:
            seconds = settings.server_seconds.total_seconds()
            raise ServersAwayError(_and_now(f"The broker has not answered for {seconds:.0f} s")) from None
        await asyncio.to_thread(folders.make, list(catalog))
        batches = BatchIngestor(
            engine=engine,
            publisher=publisher,
            catalog=catalog,
            metrics=IngestionMetrics(),
            part_rows=settings.part_rows,
            tracing=tracing,
        )
        files = FileIngestor(batches, folders)
        return await _while_servers_answer(files, settings, work)


async def complete_files(folders: Folders, settings: IngestionSettings, wanted: Callable[[Path], bool]) -> list[Path]:
    """Find files that have arrived and that nobody still writes, the oldest first, use cases in turns."""
    settling = Settling(settings.unseen_settle_seconds)
    for path in await asyncio.to_thread(lambda: list(arrived_files(folders))):
        settling.add(path)
    if not await asyncio.to_thread(_first_look, settling):
        return []
    await asyncio.sleep(settings.settle_seconds.total_seconds())
    return await asyncio.to_thread(lambda: _in_turns(folders, list(filter(wanted, settling.look()))))


async def take_in_all(files: FileIngestor, settings: IngestionSettings, paths: Sequence[Path]) -> RunReport:
    """Ingest files, some at once, until the run has done its share; a file that fails keeps no other waiting."""
    report = RunReport()
    waiting = deque(paths[: settings.files_per_run])
    loop = asyncio.get_running_loop()
    end = loop.time() + settings.run_seconds.total_seconds()

    async def take_in_some() -> None:
        while waiting and loop.time() < end:
            path = waiting.popleft()
            report.add(path.name, await _take_in(files, path))

    await asyncio.gather(*(take_in_some() for _ in range(settings.files_at_once)))
    report.left = max(0, len(paths) - settings.files_per_run) + len(waiting)
    return report


async def _take_in(files: FileIngestor, path: Path) -> FileOutcome:
    """Ingest one file; refuse it when it has failed too often."""
    while True:
        try:
            return await ingest_file(files, path)
        except FileFailedError as failed:
            log.exception("File cannot be taken in", name=path.name, failures=failed.failures)
            if failed.failures >= MAX_FAILURES:
                return await _give_up(files, failed)
            path = failed.path
        except Exception:  # one file must not keep the others from being read
            log.exception("File cannot be claimed", name=path.name)
            return FileGone()
        await asyncio.sleep(_LOOK_SECONDS)


async def _give_up(files: FileIngestor, failed: FileFailedError) -> FileOutcome:
    try:
        return await give_up(files, failed)
    except Exception:
        log.exception("File cannot be put aside either", name=failed.path.name)
        return FileGone()


def _first_look(settling: Settling) -> bool:
    settling.look()
    return settling.holds_any


def _in_turns(folders: Folders, paths: Sequence[Path]) -> list[Path]:
    """Order files so that use cases take turns, and that a thousand files of one keep no other waiting."""
    queues: defaultdict[str | None, list[Path]] = defaultdict(list)
    for path in paths:
        queues[folders.use_case_of(path)].append(path)
    return [path for path in chain.from_iterable(zip_longest(*queues.values())) if path is not None]


async def _while_servers_answer(
    files: FileIngestor, settings: IngestionSettings, work: Callable[[FileIngestor], Awaitable[T]]
) -> T:
    """Work, and give up when a server has been away for too long: the work itself would wait for ever."""
    working = asyncio.ensure_future(work(files))
    watching = asyncio.create_task(_until_stuck(files, settings))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ServersAwayError(watching.result())
        return await working
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _until_stuck(files: FileIngestor, settings: IngestionSettings) -> str:
    """Watch servers and progress; gives the reason for which going on makes no sense."""
    loop = asyncio.get_running_loop()
    server_seconds, commit_seconds = settings.server_seconds.total_seconds(), settings.commit_seconds.total_seconds()
    limits = {
        "The database has not answered": server_seconds,
        "The broker has not answered": server_seconds,
        "The queue of the workers is full and nothing was taken from it": commit_seconds,
        "A disk, that of files or that of the database, has been full": server_seconds,
    }
    database, broker, queue, disk = limits
    seen = dict.fromkeys(limits, loop.time())
    rows = -1.0
    while True:
        if await asyncio.to_thread(is_database_there, files.batches.engine):
            seen[database] = loop.time()
        if files.batches.publisher.connection.connected.is_set():
            seen[broker] = loop.time()
        if (now := files.batches.metrics.rows_read()) != rows:
            rows, seen[queue] = now, loop.time()
        if not DISK.is_full:
            seen[disk] = loop.time()
        for problem, moment in seen.items():
            if loop.time() - moment > limits[problem]:
                return _and_now(f"{problem} for {limits[problem]:.0f} s")
        await asyncio.sleep(_LOOK_SECONDS)


def use_cases_in_force(engine: Engine) -> LiveCatalog:
    """Read the use cases that are registered, as services do: what a file says at this moment may be half an edit.

    Raises
    ------
    ServersAwayError
        If the database does not answer.
    """
    try:
        require_current(engine)
        return registered_catalog(engine)
    except Exception as error:
        if is_database_away(error):
            raise ServersAwayError(_and_now("The database does not answer")) from error
        raise


def _and_now(problem: str) -> str:
    return f"{problem}. Nothing is lost; run again when that has changed (smartpredict status)"
