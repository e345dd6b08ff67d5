"""Door 1: a file. Claim it, look at all of it, take its rows through, and put it where people find it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Engine

from broker.ids import batch_id_of_file
from broker.messages import MAX_PART_ROWS, Source
from broker.service.tracing import NO_TRACING, Tracing, Value
from broker.transport.publisher import Publisher
from ingestion.batch_run import run_batch
from ingestion.claims import Claim, NotAFileError, claim, claim_copy, claim_orphan, set_aside
from ingestion.folders import Folders
from ingestion.holding import surely
from ingestion.metrics import IngestionMetrics
from ingestion.outcomes import FileGone, FileIngested, FileKnown, FileOutcome, FileRefused, NotAFile
from ingestion.putting_away import put_away, write_why
from ingestion.splitting import chunk_rows
from sql.ledger.batches import Batch, BatchLedger, BatchState, announce_batch, find_batch
from sql.ledger.chunks import refuse_batch, unrecorded_parts
from usecases.catalog import DEFAULT_USE_CASE, Catalog, UnknownUseCaseError
from usecases.formats.chunks import FileBrokenError
from usecases.formats.preflight import Preflight, preflight
from usecases.formats.reading import read_chunks
from usecases.formats.registry import UnknownFormatError, format_of
from usecases.spec import Mode
from usecases.table_check import TableRefusedError

SETTLE_SECONDS = 0.2
"""Pause before a file is looked at again that changed while it was being looked at."""

MAX_FAILURES = 3
"""Times a file may fail for a reason nobody foresaw; then it is refused, for trying it for ever helps nobody."""

log = structlog.get_logger(__name__)


class FileFailedError(Exception):
    """A file failed for a reason nobody foresaw; it lies in `processing`, to be tried again or given up."""

    def __init__(self, path: Path, reason: Exception) -> None:
        super().__init__(f"{type(reason).__name__}: {reason}")
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDoor:
    """What taking files in needs."""

    engine: Engine
    publisher: Publisher
    catalog: Catalog
    folders: Folders
    metrics: IngestionMetrics
    part_rows: int = MAX_PART_ROWS
    tracing: Tracing = NO_TRACING


async def ingest_file(door: FileDoor, path: Path, use_case: str | None = None) -> FileOutcome:
    """Take in one file: the one function behind the watcher, the command line and schedules.

    Parameters
    ----------
    door
        What it needs.
    path
        The file. In ``incoming/`` it is moved; from elsewhere a copy is taken. One in ``processing/`` is resumed.
    use_case
        What its rows are; told from its folder if not given.

    Raises
    ------
    FileFailedError
        If it fails for a reason nobody foresaw.
    """
    name = use_case or door.folders.use_case_of(path) or DEFAULT_USE_CASE
    try:
        claimed = await asyncio.to_thread(_claim, door.folders, path, name)
    except NotAFileError as error:
        return await asyncio.to_thread(_put_aside, door, path, name, str(error))
    if claimed is None:
        return FileGone()
    with claimed:
        try:
            outcome = await _ingest(door, claimed)
            await surely(put_away, door.engine, door.folders, claimed, outcome)
        except Exception as error:
            raise FileFailedError(claimed.path, error) from error
    batch = outcome.batch
    door.metrics.files.labels(type(outcome).__name__).inc()
    log.info(
        "File was taken in",
        outcome=type(outcome).__name__,
        name=batch.name,
        use_case=batch.use_case,
        batch_id=str(batch.batch_id),
        rows_in=batch.rows_in,
        quarantined=batch.quarantined,
        problem=batch.problem,
    )
    return outcome


def _claim(folders: Folders, path: Path, use_case: str) -> Claim | None:
    if path.is_relative_to(folders.processing):
        return claim_orphan(folders, path)
    if path.is_relative_to(folders.incoming):
        return claim(folders, path, use_case)
    return claim_copy(folders, path, use_case)


def _put_aside(door: FileDoor, path: Path, use_case: str, problem: str) -> FileOutcome:
    if not path.is_relative_to(door.folders.incoming):
        return NotAFile(problem)
    try:
        write_why(set_aside(door.folders, path, use_case), problem)
    except FileNotFoundError:
        return FileGone()
    log.warning("No file, put aside", name=path.name, use_case=use_case, problem=problem)
    return NotAFile(problem)


async def _ingest(door: FileDoor, claimed: Claim) -> FileIngested | FileRefused | FileKnown:
    looked = await _look(claimed)
    batch = await surely(_announce, door, claimed, looked.digest)
    if batch.state.is_final:
        if await surely(unrecorded_parts, door.engine, batch.id):
            # On their way, or lost at the broker: sent again they are recorded once all the same.
            await _run(door, claimed, batch)
        return FileKnown(await _ledger(door, batch))
    problem = looked.problem or await _run(door, claimed, batch)
    if problem is not None:
        await surely(refuse_batch, door.engine, batch.id, problem)
    return await _ended(door, batch)


async def _look(claimed: Claim) -> Preflight:
    """Look at all of a file, and again if somebody still wrote to it meanwhile."""
    while True:
        before = claimed.fingerprint()
        looked = await asyncio.to_thread(_preflight, claimed)
        if claimed.fingerprint() == before:
            return looked
        await asyncio.sleep(SETTLE_SECONDS)


def _preflight(claimed: Claim) -> Preflight:
    try:
        found = format_of(claimed.name)
    except UnknownFormatError:
        found = None
    with claimed.path.open("rb", buffering=0) as file:
        return preflight(file, found)


def _announce(door: FileDoor, claimed: Claim, digest: str) -> Batch:
    use_case = door.catalog.get(claimed.use_case)
    return announce_batch(
        door.engine,
        batch_id=batch_id_of_file(claimed.use_case, digest, claimed.name),
        use_case=claimed.use_case,
        # By what the use case says, not by who takes it: whoever resumes the file finds the same.
        source=Source.SCHEDULED if use_case is not None and use_case.mode is Mode.SCHEDULED else Source.FILE,
        name=claimed.name,
        schema_hash="" if use_case is None else use_case.schema_hash,
        part_rows=door.part_rows,
    )


async def _run(door: FileDoor, claimed: Claim, batch: Batch) -> str | None:
    """Take all rows through; gives the problem where the file cannot be read, at all or any further."""
    try:
        # All of a file is held to one contract: that of the moment it was announced, though another came in force since.
        use_case = door.catalog.contract(batch.use_case, batch.schema_hash)
        if use_case is None:
            name = door.catalog[batch.use_case].name
            return f"the contract of {name} changed while the file was read; drop it again under another name"
        chunks = read_chunks(use_case, claimed.path, format_of(claimed.name), chunk_rows(batch))
        limit = use_case.quality.max_bad_share
        with door.tracing.span("ingest file", attributes=_described(batch)) as span:
            await run_batch(
                door.engine,
                door.publisher,
                door.metrics,
                use_case,
                batch,
                chunks,
                max_bad_share=limit,
                tracing=door.tracing,
                trace=span.traceparent,
            )
    except (UnknownUseCaseError, UnknownFormatError, TableRefusedError, FileBrokenError) as error:
        return str(error)
    return None


def _described(batch: Batch) -> dict[str, Value]:
    return {"smartpredict.batch_id": str(batch.id), "smartpredict.use_case": batch.use_case, "file.name": batch.name}


async def _ledger(door: FileDoor, batch: Batch) -> BatchLedger:
    ledger = await surely(find_batch, door.engine, batch.id)
    assert ledger is not None  # noqa: S101  # batches are never deleted
    return ledger


async def _ended(door: FileDoor, batch: Batch) -> FileIngested | FileRefused:
    ledger = await _ledger(door, batch)
    return FileRefused(ledger) if ledger.state is BatchState.REFUSED else FileIngested(ledger)


async def give_up(door: FileDoor, failed: FileFailedError) -> FileOutcome:
    """Put a file away that fails again and again; what was not read of it is refused.

    Rows that were read stay as they are. Whether all of their parts were sent is not known then: the audit tells of
    those that were not, and the same file dropped again sends them.
    """
    claimed = await asyncio.to_thread(claim_orphan, door.folders, failed.path)
    if claimed is None:
        return FileGone()
    with claimed:
        looked = await asyncio.to_thread(_preflight, claimed)
        batch = await surely(_announce, door, claimed, looked.digest)
        # One that was read to its end failed only on its way out of `processing`.
        if not batch.state.is_final:
            problem = f"reading it failed: {failed}; see the log of ingestion"
            await surely(refuse_batch, door.engine, batch.id, problem)
        outcome = await _ended(door, batch)
        await surely(put_away, door.engine, door.folders, claimed, outcome)
    return outcome
