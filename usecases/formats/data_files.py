"""Reading a whole data set from a file: what a model is trained on, and what a use case is inferred from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.casting import cast_key
from usecases.columns.written import Written, marked
from usecases.contract.row_layout import composed
from usecases.formats.chunks import Chunk, FileBrokenError, LinesChunk, Malformed, TableChunk
from usecases.formats.encoded import Encoding, encoding_of, format_in
from usecases.formats.excel.workbook import EXCEL
from usecases.formats.format import Columns, Format
from usecases.formats.limits import EXAMPLES, TABLE_BYTES
from usecases.formats.reading import format_of, laid_out, opener
from usecases.formats.summary_rows import without_summaries

_CHUNK_ROWS = 100_000
_MOST_MALFORMED = 0.05
"""Share of malformed lines past which the header, or the way the file is written, is at fault and not they."""


def read_data(
    path: Path, told: Callable[[str], None] = lambda _: None, *, most_bytes: int = TABLE_BYTES
) -> pa.RecordBatch:
    """Read a file as one table; cells of a CSV stay texts, for the contract to decide what they are.

    A CSV file may be written in another encoding than UTF-8, as offices save it.

    Parameters
    ----------
    path
        The file.
    told
        Hears what is left out, in words: malformed lines, columns without a name, empty rows at the end, totals, units, remarks,
        names that stand there again.
    most_bytes
        Bytes that its values may take.

    Raises
    ------
    FileBrokenError
        If it cannot be read, has no header, or its name tells no format.
    """
    names: list[str] = []

    def note(given: Sequence[str]) -> list[str | None]:
        found = [composed(name) for name in given]
        _require_each_once(found)
        names[:] = [name for name in found if name.strip()]
        nameless = [str(place) for place, name in enumerate(found, start=1) if not name.strip()]
        if nameless:
            many = len(nameless) > 1
            told(f"column{'s' if many else ''} {', '.join(nameless)} {'have' if many else 'has'} no name")
        return [name if name.strip() else None for name in found]

    known = _format_of(path)
    chunks = _bounded(known.read(opener(path), Columns(note, told=told, may_be_nested=True), _CHUNK_ROWS), most_bytes)
    try:
        tables, lines, malformed, rows = _gathered(chunks)
    except (OSError, EOFError, pa.ArrowException) as error:
        raise FileBrokenError(" ".join(str(error).split())) from error
    _tell_malformed(malformed, rows, told)
    if lines:
        return laid_out(LinesChunk(0, lines, note))
    if not tables:
        return pa.RecordBatch.from_arrays([pa.array([], pa.string()) for _ in names], names=names)
    table = pa.concat_batches(tables)
    if known is EXCEL:
        return without_summaries(table, told, has_types=True)
    return (
        _with_texts_of_bytes(table)
        if known.has_types
        else without_summaries(_without_empty_end(_with_missing(table), told), told)
    )


def _format_of(path: Path) -> Format:
    """Return the format of a file, with its texts in the encoding that they can be read in."""
    found = format_of(path.name)
    try:
        encoding = Encoding.UTF_8 if found.has_types else encoding_of(path, path.name)
    except OSError as error:
        raise FileBrokenError(" ".join(str(error).split())) from error
    return format_in(path.name, encoding or Encoding.UTF_8)


def _gathered(chunks: Iterator[Chunk]) -> tuple[list[pa.RecordBatch], list[bytes], list[Malformed], int]:
    tables: list[pa.RecordBatch] = []
    lines: list[bytes] = []
    malformed: list[Malformed] = []
    rows = 0
    for chunk in chunks:
        rows += chunk.rows
        if isinstance(chunk, TableChunk):
            tables.append(chunk.table)
            malformed += chunk.malformed
        else:
            lines += chunk.lines
    return tables, lines, malformed, rows


def _bounded(chunks: Iterator[Chunk], most_bytes: int) -> Iterator[Chunk]:
    """Stop where all that was read takes too much memory."""
    size = 0
    for chunk in chunks:
        size += chunk.table.nbytes if isinstance(chunk, TableChunk) else sum(map(len, chunk.lines))
        if size > most_bytes:
            raise FileBrokenError(
                f"its values take more than {most_bytes // 1024**2:,} MB, after {chunk.rows_before + chunk.rows:,} rows; "
                "take a part of the rows, or fewer columns"
            )
        yield chunk


def _require_each_once(names: Sequence[str]) -> None:
    twice = sorted(repr(name) for name, count in Counter(names).items() if count > 1 and name.strip())
    if twice:
        raise FileBrokenError(
            f"a column name stands twice in its first line: {', '.join(twice[:EXAMPLES])}; give each column its own"
        )


def _tell_malformed(malformed: Sequence[Malformed], rows: int, told: Callable[[str], None]) -> None:
    if len(malformed) > 1 and len(malformed) > _MOST_MALFORMED * rows:
        raise FileBrokenError(
            f"{len(malformed):,} of {rows:,} rows are malformed, the first: {malformed[0].problem}; "
            "correct them, and leave nothing above the names of the columns"
        )
    for row in malformed[:EXAMPLES]:
        told(f"{row.problem}")
    if len(malformed) > EXAMPLES:
        told(f"{len(malformed) - EXAMPLES:,} more lines are malformed")


def _with_texts_of_bytes(table: pa.RecordBatch) -> pa.RecordBatch:
    """Read columns of bytes as the texts that they are, as every door does: Spark and Impala write some so."""
    for place, field in enumerate(table.schema):
        if pa.types.is_binary(field.type) or pa.types.is_fixed_size_binary(field.type):
            texts, bad = cast_key(table.column(place))
            if not bad.any() and texts.null_count < len(texts):
                table = table.set_column(place, marked(pa.field(field.name, pa.string()), Written.TEXTS), texts)
    return table


def _with_missing(texts: pa.RecordBatch) -> pa.RecordBatch:
    """Make empty cells missing values."""
    none = pa.scalar(None, pa.string())
    arrays = [pc.if_else(pc.equal(column, ""), none, column) for column in texts.columns]
    return pa.RecordBatch.from_arrays(arrays, names=texts.schema.names)


def _without_empty_end(table: pa.RecordBatch, told: Callable[[str], None]) -> pa.RecordBatch:
    """Leave out rows at the end that hold nothing, as spreadsheets write them."""
    filled = table.num_rows
    while filled and not any(column[filled - 1].is_valid for column in table.columns):
        filled -= 1
    empty = table.num_rows - filled
    if empty:
        told(f"{empty:,} rows at the end hold nothing")
    return table.slice(0, filled)
