"""Small files that arrived together: claimed, read, written down and put away together, each with an account of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import structlog

from ingestion.batches.ingest import retry_database
from ingestion.batches.lots import MAX_LOT_ROWS, MAX_SMALL_ROWS, ingest_lot
from ingestion.batches.plan import IncomingRows
from ingestion.files.claims import Claim, Fingerprint, NotAFileError, Tries, set_apart
from ingestion.files.ingest import (
    FileIngestor,
    claim_any,
    incoming_rows,
    look_at,
    outcome_of,
)
from ingestion.files.outcomes import (
    FileChangedError,
    FileIngested,
    FileKnown,
    FileRefused,
    described,
    tell_of,
    told_by,
)
from ingestion.files.putting_away import put_away
from sql.ledger.batch_ledger import find_batches
from sql.ledger.batches import BatchIdReusedError
from sql.registry.mappings import mapped_use_cases
from usecases.contract.catalog import DEFAULT_USE_CASE
from usecases.formats.chunks import Chunk, LinesChunk
from usecases.formats.reading import Preflight, format_of, read_chunks

SMALL_BYTES = 64 * 1024
"""Size of a file that goes with others; of a larger one the commits and the confirm weigh little."""

FEWEST_FILES = 5
"""Files from which on they go together: of fewer each is taken in by itself, as quickly."""

MOST_FILES = 250
"""Files that go together: while they are written down the next are read."""

_Outcome = FileIngested | FileRefused | FileKnown

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _SmallFile:
    """A file that was read."""

    claimed: Claim
    looked: Preflight
    found: Fingerprint
    incoming: IncomingRows


def is_small(path: Path) -> bool:
    """Return whether a file may go with others, by its size."""
    try:
        return path.lstat().st_size <= SMALL_BYTES
    except OSError:
        return False


async def ingest_together(files: FileIngestor, paths: Sequence[Path]) -> list[Path]:
    """Ingest small files that arrived together; return where those lie now that have to be taken in one by one.

    That is what cannot be claimed or read, what failed before or changes meanwhile: everything that somebody has to be
    told of, or that may end this process. It is as if nobody had looked at it here.
    """
    with ExitStack() as claims:
        mapped = await retry_database(mapped_use_cases, files.batches.engine)
        small, alone = await asyncio.to_thread(_read_some, files, paths, mapped)
        for one in small:
            claims.enter_context(one.claimed)
        try:
            left = await _ingest(files, small)
        except Exception:
            log.exception("Small files cannot be taken in together, taking each by itself", files=len(small))
            left = [one for one in small if one.claimed.path.exists()]
        except asyncio.CancelledError:
            for claimed in {one.claimed.folder: one.claimed for one in small}.values():
                claimed.note_tries(Tries())  # ingestion was told to end, which is no fault of theirs
            raise
        return [*alone, *(_set_apart(files, one.claimed) for one in left)]


def _set_apart(files: FileIngestor, claimed: Claim) -> Path:
    """Leave a file to be taken in by itself, as if nobody had tried it; return where it lies."""
    try:
        return set_apart(files.folders, claimed, Tries()).path
    except OSError:  # a disk that is full, for example: it is tried by itself all the same, as one that failed before
        return claimed.path


def _read_some(
    files: FileIngestor, paths: Sequence[Path], mapped: Collection[str]
) -> tuple[list[_SmallFile], list[Path]]:
    """Claim and read files until their rows fill a lot; the rest is left where it is.

    All that arrived share one folder: to make and to remove one for each takes longer than to read it.
    """
    small: list[_SmallFile] = []
    alone: list[Path] = []
    others: list[Claim] = []
    folder = files.folders.new_claim()
    suspected: set[Path] = set()
    rows = 0
    for path in paths:
        if rows >= MAX_LOT_ROWS:
            alone.append(path)
            continue
        try:
            claimed = claim_any(files.folders, path, files.folders.use_case_of(path) or DEFAULT_USE_CASE, folder)
        except (NotAFileError, OSError):
            alone.append(path)
            continue
        if claimed is None:
            continue
        if claimed.folder not in suspected:
            if claimed.tries != Tries():
                with claimed:
                    alone.append(claimed.path)
                continue
            claimed.note_tries(Tries(unended=1))
            suspected.add(claimed.folder)
        read = None if claimed.use_case in mapped else _read(files, claimed)
        if read is None:
            others.append(claimed)
            continue
        one, chunk = read
        rows += chunk.rows
        small.append(one)
    for claimed in others:  # not before: the last to leave the folder takes along what is known of those that follow
        with claimed:
            alone.append(_set_apart(files, claimed))
    return small, alone


def _read(files: FileIngestor, claimed: Claim) -> tuple[_SmallFile, Chunk] | None:
    """Read a file that is nothing but small; None if it is anything else."""
    use_case = files.batches.catalog.get(claimed.use_case)
    # Observations of a forecast fill no parts, so there is nothing to share.
    if use_case is None or use_case.forecast is not None:
        return None
    try:
        found = claimed.fingerprint()
        looked = look_at(claimed)
        known = format_of(claimed.name)
        chunks = list(islice(read_chunks(use_case, claimed.path, known, MAX_SMALL_ROWS + 1), 2))
        is_plain = looked.problem is None and claimed.fingerprint() == found and len(chunks) == 1
    except Exception:  # noqa: BLE001  # whoever reads it by itself tells of it
        is_plain = False
    if not is_plain:
        return None
    (chunk,) = chunks
    most = min(MAX_SMALL_ROWS, files.batches.part_rows)
    # Typed columns of two files may differ in more than their types, texts do not.
    if chunk.rows > most or (known.has_types and not isinstance(chunk, LinesChunk)):
        return None
    incoming = replace(incoming_rows(files, claimed, looked), rows=chunk)
    return _SmallFile(claimed, looked, found, incoming), chunk


async def _ingest(files: FileIngestor, small: Sequence[_SmallFile]) -> list[_SmallFile]:
    """Ingest files that were read and put them away; return those that have to be looked at once more."""
    with ExitStack() as spans:
        lot = [_traced(files, one.incoming, spans) for one in small]
        outcomes = await ingest_lot(files.batches, lot)
    ledgers = await retry_database(find_batches, files.batches.engine, [one.incoming.batch_id for one in small])
    left: list[_SmallFile] = []
    ended: list[tuple[_SmallFile, _Outcome]] = []
    for one, done in zip(small, outcomes, strict=True):
        if isinstance(done, BatchIdReusedError):  # no sender chose its id
            left.append(one)
        elif one.claimed.fingerprint() == one.found:
            ended.append((one, told_by(done, ledgers[one.incoming.batch_id])))
        else:
            try:
                told = await outcome_of(files, one.claimed, one.looked, one.found, one.incoming, done)
            except FileChangedError:
                left.append(one)
            else:
                ended.append((one, told))
    return [*left, *await _put_away(files, ended)]


def _traced(files: FileIngestor, incoming: IncomingRows, spans: ExitStack) -> IncomingRows:
    """Open the span of a file, where anybody looks at it."""
    tracing = files.batches.tracing
    if not tracing.is_on:
        return incoming
    span = spans.enter_context(tracing.span("ingest file", attributes=described(incoming)))
    return replace(incoming, traceparent=span.traceparent)


async def _put_away(files: FileIngestor, ended: Sequence[tuple[_SmallFile, _Outcome]]) -> list[_SmallFile]:
    """Put files where people find them; return those that could not be."""
    whole = [(one, outcome) for one, outcome in ended if not outcome.batch.quarantined]
    left = await asyncio.to_thread(_move, files, whole)
    for one, outcome in ended:
        if outcome.batch.quarantined:
            try:
                await retry_database(put_away, files.batches.engine, files.folders, one.claimed, outcome)
            except Exception:
                log.exception("File cannot be put away", name=one.claimed.name)
                left.append(one)
    for one, outcome in ended:
        if one not in left:
            tell_of(files.batches.metrics, outcome)
    return left


def _move(files: FileIngestor, whole: Sequence[tuple[_SmallFile, _Outcome]]) -> list[_SmallFile]:
    left: list[_SmallFile] = []
    for one, outcome in whole:
        try:
            put_away(files.batches.engine, files.folders, one.claimed, outcome)
        except Exception:
            log.exception("File cannot be put away", name=one.claimed.name)
            left.append(one)
    return left
