"""CSV: every cell as text, row numbers right whatever is wrong with a row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv as pacsv

from usecases.formats.chunks import BOM, NO_ROWS, Cutter, FileBrokenError, Malformed, TableChunk, require_text
from usecases.formats.format import Columns, Format, Opener

_BLOCK = 4 * 1024 * 1024
"""Bytes parsed at once, the fastest size measured; also the longest row that can be read."""

_HEADER_BYTES = 1024 * 1024
_DELIMITERS = (",", ";", "\t", "|")
_LINE_END = re.compile(r"\r\n|\r|\n")
_NOT_DECODED = "\ufffd"


def _read(opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[TableChunk]:
    """Read a CSV file; a row with another number of cells than the header is malformed, not the end."""
    names, delimiter, skipped = _read_header(opened, columns.known)
    renamed = columns.rename(names)
    kept = [name for name in renamed if name is not None]
    schema = pa.schema([pa.field(name, pa.string()) for name in kept])
    # Any name does for a column that is read over, as long as it is nobody else's.
    names = [f"ignored {place}" if name is None else name for place, name in enumerate(renamed)]
    cutter = Cutter(schema, chunk_rows)

    def keep_malformed(row: pacsv.InvalidRow) -> str:
        # Rows are counted from 1 with the header and what was skipped before it, empty lines are not.
        cutter.add_malformed(Malformed(row.number - skipped, row.text))
        return "skip"

    with opened() as file:
        try:
            reader = pacsv.open_csv(
                file,
                # One thread, because row numbers are only known when blocks are parsed in order.
                read_options=pacsv.ReadOptions(
                    column_names=names, skip_rows=skipped, block_size=_BLOCK, use_threads=False
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep_malformed
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(kept, pa.string()), include_columns=kept, strings_can_be_null=False
                ),
            )
            for batch in reader:
                cutter.add(batch)
                yield from cutter.full_chunks()
        except pa.ArrowInvalid as error:
            raise FileBrokenError(_explain(error)) from error
        yield from cutter.rest()


def _read_header(opened: Opener, known: frozenset[str]) -> tuple[list[str], str, int]:
    """Read the names of the columns, the delimiter, and how many lines they take."""
    with opened() as file:
        text = file.read(_HEADER_BYTES).decode("utf-8", "replace").removeprefix(BOM)
    for number, line in enumerate(_LINE_END.split(text), start=1):
        if line.strip():
            if _NOT_DECODED in line:
                raise FileBrokenError("the text is not UTF-8; save the file as UTF-8")
            names, delimiter = split_header(line, known)
            return names, delimiter, number
    raise FileBrokenError("the file has no header; its first line names the columns")


def split_header(line: str, known: frozenset[str] = frozenset()) -> tuple[list[str], str]:
    """Split the line with the names of the columns, and return the delimiter too.

    It is the one that makes the most names known, then the one that gives the most names, then a comma.

    >>> split_header("Druck (bar, absolut);Temperatur;Ort")
    (['Druck (bar, absolut)', 'Temperatur', 'Ort'], ';')
    >>> split_header("a;b;c,speed", frozenset({"speed"}))
    (['a;b;c', 'speed'], ',')
    """
    candidates = {
        delimiter: [name.strip() for name in next(csv.reader([line], delimiter=delimiter))] for delimiter in _DELIMITERS
    }
    best = max(_DELIMITERS, key=lambda delimiter: (len({*candidates[delimiter]} & known), len(candidates[delimiter])))
    return candidates[best], best


def _explain(error: pa.ArrowInvalid) -> str:
    if "straddl" in str(error):
        return f"a row is longer than {_BLOCK // 1024**2} MB; most likely a quotation mark is never closed"
    if "Could not skip initial" in str(error):
        return NO_ROWS  # the line with the names does not even end
    return f"the CSV cannot be read: {error}"


CSV = Format(
    name="CSV",
    description=("UTF-8; the first line names the columns; a comma, semicolon, tab or vertical bar parts the cells"),
    endings=(".csv",),
    media_type="text/csv",
    check=require_text,
    read=_read,
    has_types=False,
)
