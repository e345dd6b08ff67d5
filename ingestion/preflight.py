"""One look at all bytes of a file before any row is published, so that a broken one is refused as a whole."""

from __future__ import annotations

import codecs
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ingestion.chunks import FileBrokenError
from ingestion.formats import Format

_BLOCK = 4 * 1024 * 1024
_GZIP = zlib.MAX_WBITS | 16
_PARQUET_MAGIC = b"PAR1"


@dataclass(frozen=True, slots=True)
class Preflight:
    """What the look found.

    Attributes
    ----------
    digest
        SHA-256 of the bytes, in hexadecimal.
    problem
        Why the file cannot be read, in words that say what to do; None if it can.
    """

    digest: str
    problem: str | None


def preflight(file: BinaryIO, found: Format | None) -> Preflight:
    """Read a file once: its digest, and whether all of it can be read.

    Parameters
    ----------
    file
        The file, at its start.
    found
        Its format; None where only the digest is of interest.
    """
    digest = hashlib.sha256()
    problem = None
    try:
        content = _content(_hashed(file, digest), found)
        if found is not None and found.is_text:
            _require_text(content)
        elif found is not None:
            _require_parquet(content)
    except FileBrokenError as error:
        problem = str(error)
    for _ in _hashed(file, digest):  # what is left after a problem, or all of a file nobody looks into
        pass
    return Preflight(digest.hexdigest(), problem)


def _hashed(file: BinaryIO, digest: hashlib._Hash) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        digest.update(block)
        yield block


def _content(blocks: Iterator[bytes], found: Format | None) -> Iterator[bytes]:
    return _unpacked(blocks) if found is not None and found.gzip else blocks


def _unpacked(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack gzip, also of several members, a bounded piece at a time: a small file may unpack to a huge one."""
    unpacker = zlib.decompressobj(_GZIP)
    begun = False
    for block in blocks:
        rest = block
        while rest:
            begun = True
            try:
                piece = unpacker.decompress(rest, _BLOCK)
            except zlib.error as error:
                raise FileBrokenError(f"the gzip data is damaged ({error}); pack the file again") from error
            if piece:
                yield piece
            rest = unpacker.unconsumed_tail
            if unpacker.eof:
                # Zeros after the end are padding; anything else begins another member.
                rest = unpacker.unused_data.lstrip(b"\0")
                unpacker = zlib.decompressobj(_GZIP)
                begun = False
    if begun:
        raise FileBrokenError("the gzip data ends too early; the file was cut off, send it again")


def _require_text(blocks: Iterator[bytes]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    empty = True
    position = 0
    try:
        for block in blocks:
            text = decoder.decode(block)
            empty = empty and not text.strip().strip("\ufeff")
            position += len(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise FileBrokenError(
            f"the text is not UTF-8 (byte {position + error.start}: {error.reason}); save the file as UTF-8"
        ) from error
    if empty:
        raise FileBrokenError("the file is empty; send one with a row of data")


def _require_parquet(blocks: Iterator[bytes]) -> None:
    first = last = b""
    for block in blocks:
        first = first or block[:4]
        last = (last + block)[-4:]
    if not first:
        raise FileBrokenError("the file is empty; send one with a row of data")
    if first != _PARQUET_MAGIC:
        raise FileBrokenError("the file is no Parquet file although its name says so; check how it was written")
    if last != _PARQUET_MAGIC:
        raise FileBrokenError("the Parquet file ends too early; it was cut off, send it again")
