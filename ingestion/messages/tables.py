"""Bodies that are files: CSV, Parquet and the like, by the content type that a message declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from broker.messages import MAX_INBOX_ROWS
from ingestion.messages.foreign import MessageRefusedError
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.chunks import Chunk, FileBrokenError
from usecases.formats.format import Format
from usecases.formats.reading import format_of_media_type, read_opened

_ROWS_AT_ONCE = 10_000
"""Rows that are held at once while they are counted."""


@dataclass(frozen=True, slots=True)
class TableRows:
    """Rows of a body that is a file, counted and known to be readable.

    Attributes
    ----------
    body, found
        The file and its format.
    count
        Its rows.
    """

    body: bytes
    found: Format
    count: int

    def __len__(self) -> int:
        return self.count

    def __call__(self, use_case: UseCase, chunk_rows: int) -> Iterator[Chunk]:
        """Read them, always in the same chunks."""
        return _chunks(use_case, self.body, self.found, chunk_rows)


def read_table(use_case: UseCase, body: bytes, media_type: str) -> TableRows | None:
    """Return the rows of a body that is a file; none where its content type is no format of files.

    Raises
    ------
    MessageRefusedError
        If it is damaged, has other columns than the use case, or too many rows.
    """
    found = format_of_media_type(media_type)
    if found is None:
        return None
    if use_case.inbox.identity:
        raise MessageRefusedError(
            f"rows of {use_case.name} are named by their columns (inbox.identity); send them as JSON, or drop a file"
        )
    count = 0
    try:
        found.check(iter([body] if body else []))
        for chunk in _chunks(use_case, body, found, _ROWS_AT_ONCE):
            count += chunk.rows
            if count > MAX_INBOX_ROWS:
                break
    except (TableRefusedError, FileBrokenError, OSError, EOFError, ValueError, LookupError, pa.ArrowException) as error:
        told = str(error).replace("the file ", "the body ", 1)
        raise MessageRefusedError(f"the body is no {found.name} that can be read: {told}") from error
    if count > MAX_INBOX_ROWS:
        raise MessageRefusedError(f"the body has more than {MAX_INBOX_ROWS:,} rows; drop a file")
    if not count:
        raise MessageRefusedError("the body has no rows, only names of columns; send at least one")
    return TableRows(body, found, count)


def _chunks(use_case: UseCase, body: bytes, found: Format, chunk_rows: int) -> Iterator[Chunk]:
    return read_opened(use_case, lambda: pa.BufferReader(body), found, chunk_rows)
