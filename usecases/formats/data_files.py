"""Reading a whole data set from a file: what a model is trained on, and what a use case is inferred from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from usecases.formats.chunks import FileBrokenError
from usecases.formats.format import Columns
from usecases.formats.reading import format_of, opener, read_tables

_ALL_ROWS = 2**31 - 1


def read_data(path: Path) -> pa.RecordBatch:
    """Read a file as one table; cells of a CSV stay texts, for the contract to decide what they are.

    Raises
    ------
    FileBrokenError
        If it cannot be read, has no header, or its name tells no format.
    """
    names: list[str] = []

    def note(found: Sequence[str]) -> list[str | None]:
        names[:] = found
        return _each_once(found)

    known = format_of(path.name)
    table = next(read_tables(known, opener(path), Columns(note), _ALL_ROWS), None)
    if table is None:
        return pa.RecordBatch.from_arrays([pa.array([], pa.string()) for _ in names], names=names)
    return table if known.has_types else _with_missing(table)


def _each_once(names: Sequence[str]) -> list[str | None]:
    twice = sorted({repr(name) for name in names if names.count(name) > 1})
    if twice:
        raise FileBrokenError(
            f"a column name stands twice in its first line: {', '.join(twice)}; give each column its own"
        )
    return list(names)


def _with_missing(texts: pa.RecordBatch) -> pa.RecordBatch:
    """Make empty cells missing values."""
    none = pa.scalar(None, pa.string())
    arrays = [pc.if_else(pc.equal(column, ""), none, column) for column in texts.columns]
    return pa.RecordBatch.from_arrays(arrays, names=texts.schema.names)
