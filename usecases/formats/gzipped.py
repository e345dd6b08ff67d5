"""Gzip around a text format: unpacked as it is read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from usecases.formats.chunks import Chunk, FileBrokenError
from usecases.formats.format import Columns, Format, Opener
from usecases.formats.limits import BLOCK_BYTES, UNPACKED_BYTES, UNPACKED_TIMES

ENDING = ".gz"

_GZIP = zlib.MAX_WBITS | 16


def gzipped(plain: Format) -> Format:
    """Return the format of gzipped files of a format."""

    def check(blocks: Iterator[bytes]) -> None:
        plain.check(_unpacked(blocks))

    def read(opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[Chunk]:
        return plain.read(lambda: pa.CompressedInputStream(opened(), "gzip"), columns, chunk_rows)

    return replace(
        plain,
        name=f"{plain.name}, gzipped",
        endings=tuple(ending + ENDING for ending in plain.endings),
        media_type="application/gzip",
        other_media_types=frozenset(),
        check=check,
        read=read,
        may_be_packed=False,
    )


def _unpacked(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack gzip, also of several members, a bounded piece at a time: a small file may unpack to a huge one."""
    unpacker = zlib.decompressobj(_GZIP)
    begun = False
    packed = unpacked = 0
    for block in blocks:
        rest = block
        packed += len(block)
        while rest:
            begun = True
            try:
                piece = unpacker.decompress(rest, BLOCK_BYTES)
            except zlib.error as error:
                raise FileBrokenError(f"the gzip data is damaged ({error}); pack the file again") from error
            unpacked += len(piece)
            if unpacked > max(UNPACKED_BYTES, UNPACKED_TIMES * packed):
                raise FileBrokenError(
                    f"the gzip data unpacks to more than {unpacked // 1024**3} GB, over {UNPACKED_TIMES} times its size; "
                    "pack fewer rows into a file"
                )
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
