"""Ingesting a file: claim it, look at all of it, hand its rows on, and put it where people find it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from broker.ids import batch_id_of_file
from broker.messages import Source
from ingestion.batches.ingest import BatchIngestor, IngestedBatch, retry_database
from ingestion.batches.plan import FileReader, IncomingRows
from ingestion.files.claims import (
    Claim,
    Fingerprint,
    Folders,
    NotAFileError,
    Tries,
    claim,
    claim_copy,
    claim_orphan,
)
from ingestion.files.mapped import Mappings, chunks_by_mappings, look_by_mappings
from ingestion.files.orphans import resume
from ingestion.files.outcomes import (
    FileChangedError,
    FileFailedError,
    FileGone,
    FileIngested,
    FileKnown,
    FileOutcome,
    FileRefused,
    described,
    tell_of,
    told_by,
)
from ingestion.files.putting_away import put_aside, put_away, put_down
from sql.ledger.batch_ledger import BatchLedger, find_batch
from sql.ledger.batches import BatchState, refuse_batch
from usecases.contract.catalog import DEFAULT_USE_CASE
from usecases.contract.spec import Mode, UseCase
from usecases.formats.chunks import Chunk
from usecases.formats.reading import Preflight, UnknownFormatError, format_of, preflight, read_chunks

SETTLE_SECONDS = 0.2
"""Pause before a file is looked at again that changed while it was being looked at."""

MAX_FAILURES = 3
"""Times a file may fail for a reason nobody foresaw; then it is refused, for trying it for ever helps nobody."""

MAX_UNENDED = 2
"""Times ingestion may end, at the same row, while it reads a file; the next time the file is refused unread."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FileIngestor:
    """What taking files in needs.

    Attributes
    ----------
    suspects
        Held while a file is read that was being read when ingestion ended: of two such files only one is to blame, and
        one at a time they are told apart.
    """

    batches: BatchIngestor
    folders: Folders
    suspects: asyncio.Lock = field(default_factory=asyncio.Lock)


async def ingest_file(files: FileIngestor, path: Path, use_case: str | None = None) -> FileOutcome:
    """Ingest one file: the one function behind the watcher, the command line and schedules.

    Parameters
    ----------
    files
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
    name = use_case or files.folders.use_case_of(path) or DEFAULT_USE_CASE
    try:
        claimed = await asyncio.to_thread(claim_any, files.folders, path, name)
    except NotAFileError as error:
        return await asyncio.to_thread(put_aside, files.folders, path, name, str(error))
    if claimed is None:
        return FileGone()
    with claimed:
        outcome = await _try(files, claimed)
    tell_of(files.batches.metrics, outcome)
    return outcome


def claim_any(folders: Folders, path: Path, use_case: str, folder: Path | None = None) -> Claim | None:
    """Claim a file wherever it lies; None if it has gone or somebody else has it. One that arrives may share a folder."""
    if path.is_relative_to(folders.processing):
        return resume(folders, path)
    if path.is_relative_to(folders.incoming):
        return claim(folders, path, use_case, folder)
    return claim_copy(folders, path, use_case)


async def _try(files: FileIngestor, claimed: Claim) -> FileIngested | FileRefused | FileKnown:
    tries = await asyncio.to_thread(lambda: claimed.tries)
    async with AsyncExitStack() as stack:
        if tries.unended:
            await stack.enter_async_context(files.suspects)
            rows = await _rows_read(files, claimed)
            if rows > tries.rows:  # what ended the try before was behind what ended those before that
                tries = Tries(1, tries.failed, rows)
            elif tries.unended >= MAX_UNENDED:
                return await _refuse(files, claimed, tries, _KILLS.format(tries=tries.unended, rows=rows))
        try:
            await asyncio.to_thread(claimed.note_tries, tries._replace(unended=tries.unended + 1))
            outcome = await _ingest(files, claimed)
            await retry_database(put_away, files.batches.engine, files.folders, claimed, outcome)
        except Exception as error:
            failed = tries._replace(failed=tries.failed + 1)
            await asyncio.to_thread(claimed.note_tries, failed)
            raise FileFailedError(claimed.path, error, failed.failed) from error
        except asyncio.CancelledError:
            claimed.note_tries(tries)  # ingestion was told to end, which is no fault of the file
            raise
    return outcome


_KILLS = (
    "ingestion has ended {tries} times while it read this file, the last time behind row {rows:,}; what was read until "
    "then counts. See why it ended in its log and in that of the system, which ends what takes too much memory; then "
    "split the file, or repair it, and drop it again"
)


async def _rows_read(files: FileIngestor, claimed: Claim) -> int:
    """Return how far a file was read before, without a look at what it holds."""
    looked = await asyncio.to_thread(_digest, claimed)
    ledger = await retry_database(find_batch, files.batches.engine, incoming_rows(files, claimed, looked).batch_id)
    return 0 if ledger is None else ledger.rows_in


async def _ingest(files: FileIngestor, claimed: Claim) -> FileIngested | FileRefused | FileKnown:
    looked, found = await _look(claimed)
    if looked.problem is not None:
        looked = await look_by_mappings(files.batches.engine, claimed, looked)
    incoming = incoming_rows(files, claimed, looked)
    if files.batches.tracing.is_on:
        with files.batches.tracing.span("ingest file", attributes=described(incoming)) as span:
            done = await files.batches.ingest(replace(incoming, traceparent=span.traceparent))
    else:
        done = await files.batches.ingest(incoming)
    return await outcome_of(files, claimed, looked, found, incoming, done)


async def outcome_of(
    files: FileIngestor,
    claimed: Claim,
    looked: Preflight,
    found: Fingerprint,
    incoming: IncomingRows,
    done: IngestedBatch,
) -> FileIngested | FileRefused | FileKnown:
    """Return what became of a file whose rows were ingested; refuse it where somebody wrote to it meanwhile."""
    change = await asyncio.to_thread(_change, claimed, looked, found)
    if change is not None:
        if done.came_before:  # what was said of the same bytes before stays true; these are others
            raise FileChangedError(change)
        await retry_database(refuse_batch, files.batches.engine, incoming.batch_id, change)
        files.batches.metrics.files.labels("FileChanged").inc()
        log.error("File changed after it was taken", name=claimed.name, use_case=claimed.use_case, problem=change)
    return told_by(done, await _ledger(files, incoming))


async def _look(claimed: Claim) -> tuple[Preflight, Fingerprint]:
    """Read all of a file, and again if somebody still wrote to it meanwhile."""
    while True:
        before = claimed.fingerprint()
        looked = await asyncio.to_thread(look_at, claimed)
        if claimed.fingerprint() == before:
            return looked, before
        await asyncio.sleep(SETTLE_SECONDS)


def _change(claimed: Claim, looked: Preflight, found: Fingerprint) -> str | None:
    """Return how a file changed since it was looked at; None if it holds the same bytes."""
    now = claimed.fingerprint()
    if now == found:
        return None
    if _digest(claimed).digest == looked.digest:
        return None
    return (
        f"the file changed after it was taken: it had {found.size:,} bytes when it was read and has {now.size:,} now. "
        f"The rows that were read until then count as they are, the others are nowhere. Drop the whole file again once "
        f"its writer has closed it; write it under a name that ends in .tmp and rename it when it is complete"
    )


def look_at(claimed: Claim) -> Preflight:
    """Read all of a file once: its digest, and whether it can be read."""
    try:
        found = format_of(claimed.name)
    except UnknownFormatError:
        found = None
    with claimed.path.open("rb", buffering=0) as file:
        return preflight(file, found)


def _digest(claimed: Claim) -> Preflight:
    with claimed.path.open("rb", buffering=0) as file:
        return preflight(file, None)


def incoming_rows(files: FileIngestor, claimed: Claim, looked: Preflight) -> IncomingRows:
    """Return what every door tells of its rows."""
    use_case = files.batches.catalog.get(claimed.use_case)
    return IncomingRows(
        use_case=claimed.use_case,
        batch_id=batch_id_of_file(claimed.use_case, looked.digest, claimed.name),
        # By what the use case says, not by who takes it: whoever resumes the file finds the same.
        source=Source.SCHEDULED if use_case is not None and use_case.mode is Mode.SCHEDULED else Source.FILE,
        name=claimed.name,
        rows=FileReader(_read, claimed),
        problem=looked.problem,
    )


def _read(
    claimed: Claim, use_case: UseCase, rows: int, mappings: Mappings = (), *, most: int | None = None
) -> Iterator[Chunk]:
    """Read a file, or no more of it than was read before: what comes next may be what ended ingestion."""
    if mappings:
        chunks: Iterator[Chunk] = chunks_by_mappings(claimed, use_case, rows, mappings)
    else:
        chunks = read_chunks(use_case, claimed.path, format_of(claimed.name), rows)
    for chunk in chunks:
        yield chunk
        if chunk.rows_before + chunk.rows == most:
            return


async def _ledger(files: FileIngestor, incoming: IncomingRows) -> BatchLedger:
    ledger = await retry_database(find_batch, files.batches.engine, incoming.batch_id)
    assert ledger is not None  # noqa: S101  # batches are never deleted
    return ledger


async def give_up(files: FileIngestor, failed: FileFailedError) -> FileOutcome:
    """Move a file away that fails again and again; what was not read of it is refused.

    Rows that were read stay as they are, and parts of them that may not have been sent are. If that fails as well, the
    audit tells of them, and the same file dropped again sends them. Where not even its refusal can be written down, the file
    still ends in `bad_data`, with both reasons beside it.
    """
    claimed = await asyncio.to_thread(claim_orphan, files.folders, failed.path)
    if claimed is None:
        return FileGone()
    problem = f"reading it failed: {failed}; see the log of ingestion"
    with claimed:
        try:
            return await _refuse(files, claimed, claimed.tries, problem)
        except Exception as error:
            # Whatever this is, the next try would meet it too, and the one after that.
            log.exception("File cannot be refused either, so it is only put aside", name=claimed.name)
            problem += f". Refusing it failed as well, {type(error).__name__}: {error}; rows of it that were read count"
            return await asyncio.to_thread(put_down, files.folders, claimed, problem)


async def _refuse(files: FileIngestor, claimed: Claim, tries: Tries, problem: str) -> FileIngested | FileRefused:
    incoming = incoming_rows(files, claimed, await asyncio.to_thread(_digest, claimed))
    # One that was read to its end failed only on its way out of `processing`.
    await files.batches.refuse(incoming, problem)
    if tries.unended <= MAX_UNENDED:  # else this, too, ended ingestion
        await asyncio.to_thread(claimed.note_tries, tries._replace(unended=tries.unended + 1))
        try:
            read = (await _ledger(files, incoming)).rows_in
            await files.batches.ingest(replace(incoming, rows=FileReader(_read, claimed, most=read)))
        except Exception:
            log.exception("Parts of a refused file may not have been sent", name=claimed.name)
    ledger = await _ledger(files, incoming)
    outcome = FileRefused(ledger) if ledger.state is BatchState.REFUSED else FileIngested(ledger)
    await retry_database(put_away, files.batches.engine, files.folders, claimed, outcome)
    return outcome
