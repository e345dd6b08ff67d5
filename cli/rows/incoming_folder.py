"""Dropping a file into the watched folder."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from broker.ids import batch_id_of_file
from cli.errors import UserError

__all__ = ["Dropped", "copy_into_incoming", "drop_file"]

_BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file that was dropped."""

    batch_id: UUID
    lines: int
    """Lines of the file, which are about its rows if it is text."""
    place: Path
    """Where it lies until somebody takes it."""


def drop_file(file: Path, data: Path, use_case: str, name: str | None = None) -> UUID:
    """Drop a file and give the id of its batch."""
    return copy_into_incoming(file, data, use_case, name).batch_id


def copy_into_incoming(file: Path, data: Path, use_case: str, name: str | None = None) -> Dropped:
    """Copy a file beside its place and rename it, so that nobody ever reads half of it.

    Parameters
    ----------
    file
        The file; it stays where it is.
    data
        Folder that ingestion watches.
    use_case
        What its rows are.
    name
        Name under which it arrives; its own, if not given.

    Raises
    ------
    UserError
        If it is no file, or another one of the same name waits.
    """
    if not file.is_file():
        raise UserError(f"{file} is no file")
    target = data / "incoming" / use_case / (name or file.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise UserError(f"A file {target.name} already waits in {target.parent}. Is ingestion up? smartpredict status")
    partial = target.with_name(f".{secrets.token_hex(8)}.part")
    digest, lines = hashlib.sha256(), 0
    try:
        with file.open("rb") as source, partial.open("xb") as sink:
            while block := source.read(_BLOCK):
                digest.update(block)
                lines += block.count(b"\n")
                sink.write(block)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return Dropped(batch_id_of_file(use_case, digest.hexdigest(), target.name), lines, target)
