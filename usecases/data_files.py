"""Reading a whole data set from a file: what a model is trained on, and what a use case is inferred from."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

DATA_ENDINGS = (".csv", ".csv.gz", ".parquet")
"""Endings of files that can be read; a CSV may have tabs or semicolons between its cells, as at every door."""

_DELIMITERS = (",", ";", "\t", "|")
_HEADER_BYTES = 1024 * 1024
_BLOCK = 16 * 1024 * 1024


class DataFileError(ValueError):
    """The file cannot be read; says why and what to do."""


def read_data(path: Path) -> pa.RecordBatch:
    """Read a CSV or Parquet file as one table; cells of a CSV stay texts, for the contract to decide what they are.

    Raises
    ------
    DataFileError
        If it cannot be read, or has no header.
    """
    try:
        table = pa.parquet.read_table(path) if path.suffix == ".parquet" else _read_csv(path)
    except (OSError, EOFError, pa.ArrowException) as error:
        raise DataFileError(" ".join(str(error).split())) from error
    if table.num_rows:
        return table.combine_chunks().to_batches()[0]
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in table.schema], schema=table.schema)


def _read_csv(path: Path) -> pa.Table:
    with _opened(path) as file:
        header = _first_line(file)
    delimiter = delimiter_of(header)
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter))]
    if len(set(names)) != len(names):
        raise DataFileError(f"a column name stands twice in its first line: {_twice(names)}; give each column its own")
    with _opened(path) as file:
        return pa.csv.read_csv(
            file,
            read_options=pa.csv.ReadOptions(column_names=names, skip_rows=1, block_size=_BLOCK),
            parse_options=pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )


def delimiter_of(header: str) -> str:
    """Tell the delimiter from the line with the names: the one that parts it into the most.

    >>> delimiter_of("Druck (bar, absolut);Temperatur;Ort")
    ';'
    """
    parted = {delimiter: len(next(csv.reader([header], delimiter=delimiter))) for delimiter in _DELIMITERS}
    return max(_DELIMITERS, key=lambda delimiter: parted[delimiter])


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        yield file  # type: ignore[misc]  # a gzip file is a binary file in all but name


def _first_line(file: BinaryIO) -> str:
    text = file.read(_HEADER_BYTES).decode("utf-8-sig", "replace")
    first = text.splitlines()[0] if text else ""
    if not first.strip():
        raise DataFileError("the file has no header; its first line names the columns")
    if "\ufffd" in first:
        raise DataFileError("the text is not UTF-8; save the file as UTF-8")
    return first


def _twice(names: list[str]) -> str:
    return ", ".join(sorted({repr(name) for name in names if names.count(name) > 1}))
