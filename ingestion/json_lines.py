"""Reading JSON Lines: one object a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from ingestion.chunks import FileBrokenError, LinesChunk

_BLOCK = 4 * 1024 * 1024
_LONGEST_LINE = 16 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


def read_json_lines(path: Path, chunk_rows: int, *, gzip: bool) -> Iterator[LinesChunk]:
    """Read a file of JSON Lines chunk by chunk; empty lines do not count.

    Raises
    ------
    FileBrokenError
        If a line does not end within reason.
    """
    lines: list[bytes] = []
    rows_before = 0
    for more in _blocks_of_lines(path, gzip=gzip):
        lines += more
        while len(lines) >= chunk_rows:
            yield LinesChunk(rows_before, lines[:chunk_rows])
            lines = lines[chunk_rows:]
            rows_before += chunk_rows
    if lines:
        yield LinesChunk(rows_before, lines)
    elif rows_before == 0:
        raise FileBrokenError("the file is empty; send one with a row of data")


def _blocks_of_lines(path: Path, *, gzip: bool) -> Iterator[list[bytes]]:
    with pa.input_stream(path, compression="gzip" if gzip else None) as file:
        rest: bytes = file.read(_BLOCK).removeprefix(_BOM)
        while True:
            *lines, rest = rest.split(b"\n")
            yield [line for line in lines if line and not line.isspace()]
            if len(rest) > _LONGEST_LINE:
                raise FileBrokenError(f"a line is longer than {_LONGEST_LINE // 1024**2} MB; write one object a line")
            block = file.read(_BLOCK)
            if not block:
                break
            rest += block
        if rest.strip():
            yield [rest]
