"""JSON Lines: one object a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from usecases.formats.chunks import BOM, EMPTY, FileBrokenError, LinesChunk, require_text, rows_of_chunk
from usecases.formats.format import Columns, Format, Opener
from usecases.formats.limits import BLOCK_BYTES, LINE_BYTES

_SEPARATOR = b"\x1e"
"""Stands before each object of a sequence (RFC 7464), and in no JSON as it is."""


def _read(opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[LinesChunk]:
    """Read a file of JSON Lines; empty lines do not count."""
    yield from chunks_of_lines(_blocks_of_lines(opened), columns, chunk_rows)


def chunks_of_lines(blocks: Iterable[list[bytes]], columns: Columns, chunk_rows: int) -> Iterator[LinesChunk]:
    """Cut rows, each of them JSON, into chunks.

    Raises
    ------
    FileBrokenError
        If there are none, or a few of them take too much memory.
    """
    lines: list[bytes] = []
    rows_before = size = 0
    for more in blocks:
        lines += more
        size += sum(map(len, more))
        while rows := rows_of_chunk(rows_before, len(lines), size, chunk_rows):
            chunk = LinesChunk(rows_before, lines[:rows], columns.rename)
            yield chunk
            lines = lines[rows:]
            size -= sum(map(len, chunk.lines))
            rows_before += rows
    if lines:
        yield LinesChunk(rows_before, lines, columns.rename)
    elif rows_before == 0:
        raise FileBrokenError(EMPTY)


def _blocks_of_lines(opened: Opener) -> Iterator[list[bytes]]:
    with opened() as file:
        rest: bytes = file.read(BLOCK_BYTES).removeprefix(BOM.encode())
        is_sequence = rest.startswith(_SEPARATOR)
        while True:
            if is_sequence:
                rest = rest.replace(_SEPARATOR, b"")
            *lines, rest = rest.split(b"\n")
            yield [line for line in lines if line and not line.isspace()]
            if len(rest) > LINE_BYTES:
                raise FileBrokenError(f"a line is longer than {LINE_BYTES // 1024**2} MB; write one object a line")
            block = file.read(BLOCK_BYTES)
            if not block:
                break
            rest += block
        if rest.strip():
            yield [rest]


JSON_LINES = Format(
    name="JSON Lines",
    description="UTF-8; one JSON object a line",
    endings=(".jsonl", ".ndjson"),
    media_type="application/x-ndjson",
    other_media_types=frozenset(
        {
            "application/ndjson",
            "application/jsonl",
            "application/jsonlines",
            "application/x-jsonlines",
            "application/json-seq",
        }
    ),
    check=require_text,
    read=_read,
    has_types=True,
)
