"""Receiving a file: from the wire to the disk, piece by piece, whatever its size."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from gateway_api.door.problems import EmptyUpload, Problem, StorageFull
from gateway_api.wire.body import stream_body
from gateway_api.wire.dispositions import name_in
from gateway_api.wire.forms import open_form

PIECE_BYTES = 1024 * 1024
"""Written and hashed at once, in a thread; the disk may be slow, and the other callers do not wait for it."""

PART_SUFFIX = ".part"
"""Ending of a file that is still arriving."""


class UnreadableFile(Problem):
    """The uploaded file cannot be read as rows: it is damaged, or its columns are not those that are needed."""

    status = 422
    code = "unreadable-file"
    title = "The file cannot be read"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in."""

    name: str | None
    """As the caller gave it; not to be trusted."""
    pieces: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """A file that has arrived."""

    path: Path
    digest: str
    """SHA-256 of its bytes, in hexadecimal."""
    size: int


async def open_upload(request: Request, limit: int) -> Upload:
    """Begin to receive: the whole body is the file, or a form has one.

    Raises
    ------
    gateway_api.door.problems.Problem
        If the body cannot be read or is larger than allowed.
    """
    body = stream_body(request, limit)
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind == b"multipart/form-data":
        return Upload(*await open_form(body, options.get(b"boundary", b"")))
    name = request.query_params.get("name") or name_in(request.headers.get("content-disposition", ""))
    return Upload(name, body)


@asynccontextmanager
async def stored_upload(upload: Upload, folder: Path) -> AsyncIterator[StoredUpload]:
    """Store a file while the block runs; what the block does not move away is deleted.

    Raises
    ------
    EmptyUpload, StorageFull
        If nothing arrives, or there is no room.
    """
    with _full_is_told():
        path, file = await asyncio.to_thread(_new_file, folder)
    try:
        with _full_is_told(), file:
            digest, size = await _write_all(upload, file)
        if size == 0:
            raise EmptyUpload("The file has no bytes.")
        yield StoredUpload(path, digest, size)
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


@contextmanager
def _full_is_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise StorageFull("The disk is full. Ask the operator to make room, then send the file again.") from error
        raise


def _new_file(folder: Path) -> tuple[Path, IO[bytes]]:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, path = tempfile.mkstemp(dir=folder, suffix=PART_SUFFIX)
    # Other accounts may read a file that ingestion is handed; the default of temporary files is nobody.
    os.fchmod(descriptor, 0o640)
    return Path(path), os.fdopen(descriptor, "wb")


async def _write_all(upload: Upload, file: IO[bytes]) -> tuple[str, int]:
    digest = hashlib.sha256()
    waiting = bytearray()
    size = 0

    def write(piece: bytes) -> None:
        digest.update(piece)
        file.write(piece)

    async for piece in upload.pieces:
        waiting += piece
        size += len(piece)
        if len(waiting) >= PIECE_BYTES:
            await asyncio.to_thread(write, bytes(waiting))
            waiting.clear()
    await asyncio.to_thread(write, bytes(waiting))
    # The caller is told that the file is safe, so it has to survive a power cut.
    await asyncio.to_thread(_sync, file)
    return digest.hexdigest(), size


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
