"""Large uploads go to the disk, not to memory: Streamlit itself would hold every uploaded file whole."""

from __future__ import annotations

import asyncio
import io
import os
import tempfile
import threading
import time
import weakref
from dataclasses import dataclass, field
from typing import IO, Self

from python_multipart.multipart import parse_options_header
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import Buffer, override

UPLOAD_PATH = "/_stcore/upload_file/"
"""Where Streamlit's file widget sends a file: followed by the session's id and the file's."""

SMALL_BYTES = 8 * 1024 * 1024
"""Up to here Streamlit may keep a file in memory: the page reads it to show and check its rows."""

PIECE_BYTES = 1024 * 1024
KEPT_SECONDS = 3600.0
"""A file that nobody handed on until then was forgotten; its browser tab is most likely closed."""

_MAX_FORM_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True, weakref_slot=True)
class FileOnDisk:
    """A file on the disk, without a name there: it vanishes with the last who holds it, and with the process."""

    descriptor: int
    start: int
    size: int
    since: float = field(default_factory=time.monotonic)

    @classmethod
    def part_of(cls, file: IO[bytes], start: int, size: int) -> Self:
        """Hold a part of a temporary file beyond its closing."""
        on_disk = cls(os.dup(file.fileno()), start, size)
        # Closed with the last reader, not when it is dropped: somebody may be in the middle of handing it on.
        weakref.finalize(on_disk, os.close, on_disk.descriptor)
        return on_disk

    def open(self) -> IO[bytes]:
        """Open the file; each reader has its own position."""
        return io.BufferedReader(_Reader(self), PIECE_BYTES)


class LargeUploads:
    """Finds large files by the id that Streamlit gave them."""

    def __init__(self) -> None:
        self._files: dict[str, FileOnDisk] = {}
        self._lock = threading.Lock()

    def keep(self, file_id: str, file: FileOnDisk) -> None:
        """Remember a file; those forgotten long ago go."""
        oldest = time.monotonic() - KEPT_SECONDS
        with self._lock:
            self._files = {known: kept for known, kept in self._files.items() if kept.since > oldest}
            self._files[file_id] = file

    def find(self, file_id: str) -> FileOnDisk | None:
        """Return a file, unless it was small and so is with Streamlit."""
        return self._files.get(file_id)

    def drop(self, file_id: str) -> None:
        """Forget a file."""
        with self._lock:
            self._files.pop(file_id, None)


class LargeUploadMiddleware:
    """ASGI middleware before Streamlit: takes the bytes of a large file out of its form and leaves an empty file."""

    def __init__(self, app: ASGIApp, large_uploads: LargeUploads, limit: int) -> None:
        self._app = app
        self._large_uploads = large_uploads
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        path = scope.get("path", "")
        if scope["type"] != "http" or UPLOAD_PATH not in path:
            await self._app(scope, receive, send)
            return
        file_id = path.rpartition("/")[2]
        headers = dict(scope["headers"])
        if scope["method"] == "DELETE":
            self._large_uploads.drop(file_id)
        elif scope["method"] == "PUT" and int(headers.get(b"content-length", SMALL_BYTES + 1)) > SMALL_BYTES:
            boundary = parse_options_header(headers.get(b"content-type"))[1].get(b"boundary", b"")
            receive = _LargeUpload(receive, self._large_uploads, file_id, boundary, self._limit)
        await self._app(scope, receive, send)


class _LargeUpload:
    """What Streamlit receives instead. It asks only after it has checked token, session and announced size."""

    def __init__(
        self, receive: Receive, large_uploads: LargeUploads, file_id: str, boundary: bytes, limit: int
    ) -> None:
        self._receive = receive
        self._large_uploads = large_uploads
        self._file_id = file_id
        self._tail = b"\r\n--" + boundary + b"--\r\n"
        self._limit = limit

    async def __call__(self) -> Message:
        with tempfile.TemporaryFile() as body:
            size = await self._write_to(body)
            if size is None:
                return {"type": "http.disconnect"}
            head, end = _cut(body, size, self._tail)
            self._large_uploads.keep(self._file_id, FileOnDisk.part_of(body, len(head), end - len(head)))
        return {"type": "http.request", "body": head + self._tail, "more_body": False}

    async def _write_to(self, body: IO[bytes]) -> int | None:
        """Write the form to the disk as it comes; none if the browser hangs up."""
        waiting = bytearray()
        size = 0
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            waiting += message.get("body", b"")
            more = message.get("more_body", False)
            if len(waiting) >= PIECE_BYTES or not more:
                size += len(waiting)
                if size > self._limit + _MAX_FORM_HEAD:
                    raise HTTPException(413, "File too large")
                # In a thread: the disk may be slow, and other people use the page meanwhile.
                await asyncio.to_thread(body.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(body.flush)
        return size


def _cut(body: IO[bytes], size: int, tail: bytes) -> tuple[bytes, int]:
    """Find the file in a form of one field: its head, and where the file ends."""
    body.seek(0)
    head, empty_line, _ = body.read(_MAX_FORM_HEAD).partition(b"\r\n\r\n")
    body.seek(max(0, size - len(tail)))
    if not empty_line or body.read() != tail:
        raise HTTPException(400, "The form cannot be read")
    return head + empty_line, size - len(tail)


class _Reader(io.RawIOBase):
    """Reads a file on the disk; several may at once, for the position is the reader's."""

    def __init__(self, file: FileOnDisk) -> None:
        self._file = file
        self._position = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        wanted = min(len(view), self._file.size - self._position)
        piece = os.pread(self._file.descriptor, wanted, self._file.start + self._position)
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)
