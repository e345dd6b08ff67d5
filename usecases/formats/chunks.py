"""What readers of all formats share: rows in chunks, always the same for the same file, and the check of a text."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from usecases.formats.limits import BLOCK_BYTES, CHUNK_BYTES, STEP_BYTES, STEPS_PER_CHUNK

BOM = "\ufeff"

RowNumbers = np.ndarray[Any, np.dtype[np.int32]]


EMPTY = "the file is empty; send one with a row of data"
NO_ROWS = "there are no rows, only names of columns; send a row of data"


class FileBrokenError(Exception):
    """The file cannot be read any further; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that is no row of the file's columns.

    Attributes
    ----------
    row_number
        Its place among the rows.
    text
        The line as it stands there.
    line
        Its place among the lines, the first one being 1.
    problem
        Why it is no row, with the line, in words.
    is_quoted
        Whether quotation marks are to blame, and not its number of cells.
    """

    row_number: int
    text: str
    line: int
    problem: str
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class TableChunk:
    """Rows in columns, of texts (CSV) or typed values (Parquet).

    Attributes
    ----------
    rows_before
        Rows of the file before these.
    rows
        Rows in the chunk, malformed ones included.
    table
        The rows that have the right columns.
    numbers
        Row number of each of them.
    malformed
        The others.
    """

    rows_before: int
    rows: int
    table: pa.RecordBatch
    numbers: RowNumbers
    malformed: tuple[Malformed, ...] = ()


@dataclass(frozen=True, slots=True)
class LinesChunk:
    """Rows as lines of JSON.

    Attributes
    ----------
    rows_before
        Rows of the file before these.
    lines
        One row each.
    rename
        What members are called by whoever reads them in columns, as :class:`usecases.formats.format.Columns` has it.
    """

    rows_before: int
    lines: list[bytes]
    rename: Callable[[Sequence[str]], list[str | None]] = list

    @property
    def rows(self) -> int:
        """Rows in the chunk."""
        return len(self.lines)


Chunk = TableChunk | LinesChunk


@dataclass(slots=True)
class Cutter:
    """Cuts what a reader delivers into chunks of a fixed number of rows, or of fewer where they take much memory.

    Fixed by the rows of the file, not by the good ones: so a file that is read again is cut alike, and the number of a
    part tells which rows it may hold.
    """

    schema: pa.Schema
    chunk_rows: int
    _pending: deque[pa.RecordBatch] = field(default_factory=deque)
    _pending_rows: int = 0
    _pending_bytes: int = 0
    _malformed_bytes: int = 0
    _malformed: deque[Malformed] = field(default_factory=deque)
    _rows_before: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows that have the right columns."""
        if batch.num_rows:
            self._pending.append(batch)
            self._pending_rows += batch.num_rows
            self._pending_bytes += batch.nbytes

    def add_malformed(self, *rows: Malformed) -> None:
        """Add rows that have not."""
        self._malformed.extend(rows)
        self._malformed_bytes += sum(len(row.text) for row in rows)

    def full_chunks(self) -> Iterator[TableChunk]:
        """Return the chunks that are complete.

        Raises
        ------
        FileBrokenError
            If the rows up to the next place where a chunk may end take too much memory.
        """
        while rows := rows_of_chunk(
            self._rows_before,
            self._pending_rows + len(self._malformed),
            self._pending_bytes + self._malformed_bytes,
            self.chunk_rows,
        ):
            yield self._cut(rows, self._malformed_up_to(self._rows_before + rows))

    def rest(self) -> Iterator[TableChunk]:
        """Return what is left at the end of the file."""
        yield from self.full_chunks()
        rows = self._pending_rows + len(self._malformed)
        if rows:
            yield self._cut(rows, len(self._malformed))

    def _malformed_up_to(self, row_number: int) -> int:
        count = 0
        for row in self._malformed:
            if row.row_number > row_number:
                break
            count += 1
        return count

    def _cut(self, rows: int, malformed: int) -> TableChunk:
        wrong = tuple(self._malformed.popleft() for _ in range(malformed))
        numbers = np.arange(self._rows_before + 1, self._rows_before + rows + 1, dtype=np.int32)
        if wrong:
            numbers = np.delete(numbers, [row.row_number - self._rows_before - 1 for row in wrong])
        chunk = TableChunk(self._rows_before, rows, self._take(rows - malformed), numbers, wrong)
        self._rows_before += rows
        self._pending_bytes = sum(batch.nbytes for batch in self._pending)
        self._malformed_bytes -= sum(len(row.text) for row in wrong)
        return chunk

    def _take(self, rows: int) -> pa.RecordBatch:
        taken: list[pa.RecordBatch] = []
        self._pending_rows -= rows
        while rows:
            batch = self._pending.popleft()
            if batch.num_rows > rows:
                self._pending.appendleft(batch.slice(rows))
                batch = batch.slice(0, rows)
            taken.append(batch)
            rows -= batch.num_rows
        if not taken:
            return pa.RecordBatch.from_pylist([], schema=self.schema)
        return taken[0] if len(taken) == 1 else pa.concat_batches(taken)


def rows_of_chunk(rows_before: int, rows: int, size: int, chunk_rows: int) -> int:
    """Return how many of the rows at hand make a chunk; none while more may join it.

    Parameters
    ----------
    rows_before
        Rows of the file before them.
    rows, size
        Rows at hand, and the bytes they take.
    chunk_rows
        Most rows of a chunk; one may end at each tenth of them.

    Raises
    ------
    FileBrokenError
        If they take too much memory, and are too few to end a chunk.
    """
    if rows >= chunk_rows:
        return chunk_rows
    if size < CHUNK_BYTES:
        return 0
    step = max(1, chunk_rows // STEPS_PER_CHUNK)
    if rows < step and size > STEP_BYTES:
        raise FileBrokenError(
            f"rows {rows_before + 1} to {rows_before + rows} take more than {STEP_BYTES // 1024**2} MB; "
            "leave long texts out of the file"
        )
    return rows // step * step


def whole_lines(file: pa.NativeFile) -> Iterator[bytes]:
    """Read a text in blocks that end where a line ends; the last line ends in any case.

    Raises
    ------
    FileBrokenError
        If a line is longer than a block.
    """
    rest, block = b"", file.read(BLOCK_BYTES)
    while block:
        text = rest + block if rest else block
        block = file.read(BLOCK_BYTES)
        if not block:
            yield text if text.endswith((b"\n", b"\r")) else text + b"\n"
            return
        # A CR at the very end may be the first half of a line end.
        size = text.rfind(b"\n") + 1 or text.rfind(b"\r", 0, len(text) - 1) + 1
        rest = text[size:]
        if len(rest) > BLOCK_BYTES:
            begins = rest[:60].decode("utf-8", "replace")
            raise FileBrokenError(f"the line that begins with {begins!r} is longer than {BLOCK_BYTES // 1024**2} MB")
        if size:
            yield text[:size] if rest else text


def count_lines(text: bytes) -> int:
    """Count the lines of a text whose last one ends: with CR, LF or both together."""
    lines = text.count(b"\n")
    return lines + text.count(b"\r") - text.count(b"\r\n") if b"\r" in text else lines


def require_text(blocks: Iterator[bytes]) -> None:
    """Check that all bytes are UTF-8 and that there is more than blanks.

    Raises
    ------
    FileBrokenError
        If not, with the place of the first byte at fault.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    empty = True
    position = 0
    try:
        for block in blocks:
            text = decoder.decode(block)
            empty = empty and not text.strip().strip(BOM)
            position += len(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise FileBrokenError(
            f"the text is not UTF-8 (byte {position + error.start}: {error.reason}); save the file as UTF-8"
        ) from error
    if empty:
        raise FileBrokenError(EMPTY)
