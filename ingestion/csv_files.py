"""Reading CSV: every column as text, row numbers right whatever is wrong with a row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pacsv

from ingestion.chunks import Cutter, FileBrokenError, Malformed, TableChunk
from usecases.source_names import canonical_names
from usecases.spec import UseCase
from usecases.table_check import require_columns

_BLOCK = 4 * 1024 * 1024
"""Bytes parsed at once, the fastest size measured; also the longest row that can be read."""

_HEADER_BYTES = 1024 * 1024
_DELIMITERS = (",", ";", "\t", "|")
_LINE_END = re.compile(r"\r\n|\r|\n")


def read_csv(use_case: UseCase, path: Path, chunk_rows: int, *, gzip: bool) -> Iterator[TableChunk]:
    """Read a CSV file chunk by chunk.

    The delimiter is told from the header; a row with another number of columns is malformed, not the end.

    Raises
    ------
    usecases.table_check.TableRefusedError
        If the columns are not those of the use case.
    FileBrokenError
        If the file cannot be read any further.
    """
    with _open(path, gzip=gzip) as file:
        names, delimiter, skipped = read_header(use_case, file)
    canonical = canonical_names(use_case, names)
    kept = [name for name in canonical if name is not None]
    require_columns(use_case, kept)
    schema = pa.schema([pa.field(name, pa.string()) for name in kept])
    # Any name does for a column that is read over, as long as it is nobody else's.
    names = [f"ignored {place}" if name is None else name for place, name in enumerate(canonical)]
    cutter = Cutter(schema, chunk_rows)

    def keep_malformed(row: pacsv.InvalidRow) -> str:
        # Rows are counted from 1 with the header and what was skipped before it, empty lines are not.
        cutter.add_malformed(Malformed(row.number - skipped, row.text))
        return "skip"

    with _open(path, gzip=gzip) as file:
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


def read_header(use_case: UseCase, file: BinaryIO) -> tuple[list[str], str, int]:
    """Read the names of the columns, the delimiter, and how many lines they take."""
    text = file.read(_HEADER_BYTES).decode("utf-8", "replace").removeprefix("\ufeff")
    for number, line in enumerate(_LINE_END.split(text), start=1):
        if line.strip():
            candidates = {delimiter: _split(line, delimiter) for delimiter in _DELIMITERS}
            # The delimiter that makes the most of the line known; a comma where none does.
            known = {*use_case.columns, *use_case.names_by_source, *use_case.ignored_columns}
            best = max(_DELIMITERS, key=lambda delimiter: len({*candidates[delimiter]} & known))
            return candidates[best], best, number
    raise FileBrokenError("the file has no header; its first line names the columns")


def _split(line: str, delimiter: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]


def _open(path: Path, *, gzip: bool) -> pa.NativeFile:
    return pa.input_stream(path, compression="gzip" if gzip else None)


def _explain(error: pa.ArrowInvalid) -> str:
    if "straddl" in str(error):
        return f"a row is longer than {_BLOCK // 1024**2} MB; most likely a quotation mark is never closed"
    return f"the CSV cannot be read: {error}"
