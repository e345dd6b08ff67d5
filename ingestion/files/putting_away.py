"""Putting a file where people find it, with what they need to know beside it."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import io
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import structlog
from sqlalchemy import Engine

from ingestion.files.claims import Claim, Folders
from ingestion.files.outcomes import FileGone, FileIngested, FileKnown, FileRefused, PutAside
from sql.ledger.batch_ledger import BatchLedger
from sql.ledger.batches import BatchState
from sql.quarantine.rows import QuarantineFilter, count_quarantined, write_csv

log = structlog.get_logger(__name__)

_HUGE = 100_000
"""Bad rows past which their file is packed."""

_LONGEST_NAME = 220
"""Bytes of a name that leave room for our endings within the 255 of a file system."""


def put_away(engine: Engine, folders: Folders, claimed: Claim, outcome: FileIngested | FileRefused | FileKnown) -> None:
    """Move a file to `good_data` or `bad_data`; its bad rows, and why it was refused, to `bad_data`."""
    batch = outcome.batch
    folder = folders.bad if batch.state is BatchState.REFUSED else folders.good
    # Else two files of one name that end at the same time would end in the same place.
    with one_at_a_time(folders.processing):
        place = resting_place(claimed, folder, batch.batch_id.hex[:8])
        came_twice = isinstance(outcome, FileKnown) and place.name != claimed.path.name
        if not came_twice:
            # Before the file leaves `processing`, so that a crash between the two repeats both.
            _write_beside(engine, folders.bad / claimed.use_case / _shortened(place.name), batch)
        claimed.move_to(place)


def _write_beside(engine: Engine, beside: Path, batch: BatchLedger) -> None:
    beside.parent.mkdir(parents=True, exist_ok=True)
    if batch.problem is not None:
        write_why(beside, batch.problem)
    if batch.quarantined:
        _write_bad_rows(engine, beside, batch)


def write_why(beside: Path, problem: str) -> None:
    """Write beside a refused file why it was refused."""
    beside.with_name(f"{beside.name}.why.txt").write_text(f"{problem}\n", encoding="utf-8")


def _write_bad_rows(engine: Engine, beside: Path, batch: BatchLedger) -> None:
    which = QuarantineFilter(batch_id=batch.batch_id)
    packed = count_quarantined(engine, which) > _HUGE
    target = beside.with_name(f"{beside.name}.bad_rows.csv{'.gz' if packed else ''}")
    partial = target.with_name(f".{target.name}.part")
    with gzip.open(partial, "wb", compresslevel=1) if packed else partial.open("wb") as file:
        text = io.TextIOWrapper(cast("BinaryIO", file), encoding="utf-8", newline="", write_through=True)
        write_csv(engine, which, text)
        text.detach()
    partial.rename(target)


def _shortened(name: str) -> str:
    return name.encode("utf-8", "surrogateescape")[:_LONGEST_NAME].decode("utf-8", "ignore")


def resting_place(claimed: Claim, folder: Path, mark: str) -> Path:
    """Return where the file ends.

    Parameters
    ----------
    claimed
        The file.
    folder
        The folder, below which it lies in one for its use case.
    mark
        Goes into the name if there is another file of the same name; the same for the same content.
    """
    place = folder / claimed.use_case / claimed.path.name
    return place.with_name(marked_name(place.name, mark)) if os.path.lexists(place) else place


def marked_name(name: str, mark: str) -> str:
    """Insert a mark before the ending of a name.

    >>> marked_name("rows.csv.gz", "1a2b")
    'rows.1a2b.csv.gz'
    """
    stem, dot, ending = name.partition(".")
    return f"{stem}.{mark}{dot}{ending}"


def set_aside(folders: Folders, path: Path, use_case: str) -> Path:
    """Move what is no file out of the way, as it is."""
    target = folders.bad / use_case / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        target = target.with_name(marked_name(target.name, uuid.uuid4().hex[:8]))
    path.rename(target)
    return target


def put_aside(folders: Folders, path: Path, use_case: str, problem: str) -> PutAside | FileGone:
    """Move what arrived and is no file out of the way, and say why; what lies elsewhere stays."""
    if not path.is_relative_to(folders.incoming):
        return PutAside(problem)
    try:
        write_why(set_aside(folders, path, use_case), problem)
    except FileNotFoundError:
        return FileGone()
    log.warning("No file, put aside", name=path.name, use_case=use_case, problem=problem)
    return PutAside(problem)


def put_down(folders: Folders, claimed: Claim, problem: str) -> PutAside:
    """Move a file that cannot even be refused out of the way, and say why: nothing else is asked of anybody."""
    place = resting_place(claimed, folders.bad, uuid.uuid4().hex[:8])
    claimed.move_to(place)
    write_why(place.with_name(_shortened(place.name)), problem)
    return PutAside(problem)


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Lock a folder for this block against other threads and other processes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
