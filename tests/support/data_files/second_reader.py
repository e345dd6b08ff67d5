"""How many rows a file has, counted in another way than the product counts them: line by line, by hand."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

_LINE_END = re.compile(r"\r\n|\r|\n")
_DELIMITERS = ",;\t|"
_MOST_ABOVE = 10

A_NAME = "torque_nm"
"""A name of a column; the line with the names holds it, if it is whole."""


@dataclass(frozen=True, slots=True)
class RowCount:
    """Rows of a file; where a line break within quotes may end a row or not, both counts are right."""

    least: int
    most: int


def count_rows(name: str, content: bytes) -> RowCount | None:
    """Count the rows of a file; None where nobody can read it to its end."""
    if name.endswith(".gz"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            return None
    if ".parquet" in name:
        return _count_parquet(content)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    text = text.removeprefix("\ufeff")
    if ".csv" in name:
        return _count_csv(text)
    lines = sum(1 for line in text.split("\n") if line.strip(" \t\r\n\v\f"))
    return RowCount(lines, lines)


def _count_parquet(content: bytes) -> RowCount | None:
    try:
        rows = pq.read_table(pa.BufferReader(content), use_threads=False).num_rows
    except (pa.ArrowException, OSError):
        return None
    return RowCount(rows, rows)


def _count_csv(text: str) -> RowCount:
    """Count lines that are not empty after the header, above which may be comments; a quoted cell may hold line breaks."""
    lines = [line for line in _LINE_END.split(text) if line]
    header = next((place for place, line in enumerate(lines[:_MOST_ABOVE]) if A_NAME in line), 0)
    physical = lines[header:]
    text = "\n".join(physical)
    # Rows by the strictest reading there is, with each delimiter: the fewest rows that lines can make.
    fewest = min(_strict_rows(text, delimiter) for delimiter in _DELIMITERS)
    return RowCount(max(fewest - 1, 0), max(len(physical) - 1, 0))


def _strict_rows(text: str, delimiter: str) -> int:
    """Count rows of which each is as long as its quotation marks allow."""
    lines = [line for line in _LINE_END.split(text) if line]
    rows = at = 0
    while at < len(lines):
        taken = 1
        if '"' in lines[at]:
            for end in range(at + 1, len(lines) + 1):
                try:
                    found = list(csv.reader(io.StringIO("\n".join(lines[at:end])), delimiter=delimiter, strict=True))
                except csv.Error:
                    continue
                if len(found) == 1:
                    taken = end - at
                    break
        at += taken
        rows += 1
    return rows
