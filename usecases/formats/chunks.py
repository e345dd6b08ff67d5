"""What readers of all formats share: rows in chunks, always the same for the same file, and the check of a text."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

BOM = "\ufeff"

RowNumbers = np.ndarray[Any, np.dtype[np.int32]]


EMPTY = "the file is empty; send one with a row of data"
NO_ROWS = "there are no rows, only names of columns; send a row of data"


class FileBrokenError(Exception):
    """The file cannot be read any further; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that has another number of columns than the header."""

    row_number: int
    text: str


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
    """Cuts what a reader delivers into chunks of a fixed number of rows.

    Fixed by the rows of the file, not by the good ones: so a file that is read again is cut alike, and the number of a
    part tells which rows it may hold.
    """

    schema: pa.Schema
    chunk_rows: int
    _pending: deque[pa.RecordBatch] = field(default_factory=deque)
    _pending_rows: int = 0
    _malformed: deque[Malformed] = field(default_factory=deque)
    _rows_before: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows that have the right columns."""
        if batch.num_rows:
            self._pending.append(batch)
            self._pending_rows += batch.num_rows

    def add_malformed(self, row: Malformed) -> None:
        """Add a row that has not."""
        self._malformed.append(row)

    def full_chunks(self) -> Iterator[TableChunk]:
        """Return the chunks that are complete."""
        while True:
            malformed = self._malformed_up_to(self._rows_before + self.chunk_rows)
            if self._pending_rows < self.chunk_rows - malformed:
                return
            yield self._cut(self.chunk_rows, malformed)

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
