"""Reading a small file into rows, so that they can be shown, checked and predicted at once; pure."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import PurePath
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from ui.gateway.answers import UseCaseAnswer
from ui.parts.tables import row_columns
from ui.values import row_of

MAX_ROWS = 1_000
"""Rows of one request to the gateway; a file with more becomes a batch."""

FILE_TYPES = ["csv", "parquet", "jsonl", "ndjson", "gz"]
"""Endings offered in the file dialog; the gateway says exactly what it reads."""

DELIMITERS = (",", ";", "\t")
"""What separates the cells of a CSV file; spreadsheets of many countries write semicolons."""

_HEADER_BYTES = 1024 * 1024

EXTRA_CELLS = "(more cells than columns)"
"""Column under which the gateway is told of cells that have no column."""

MISSING_CELLS = "(fewer cells than columns)"
"""Column under which the gateway is told of a row that ends early: which cells it lacks is anybody's guess."""


class FileUnreadableError(Exception):
    """The file is not what its name says; the message says what to do."""


def read_rows(use_case: UseCaseAnswer, name: str, file: IO[bytes]) -> list[dict[str, Any]] | None:
    """Read the rows of a file; none if there are more than one request may have.

    Raises
    ------
    FileUnreadableError
        If the file cannot be read as what it claims to be, or holds no row.
    """
    lowered = name.lower()
    try:
        if lowered.endswith(".parquet"):
            rows = _parquet_rows(use_case, file)
        else:
            plain: Any = gzip.GzipFile(fileobj=file) if lowered.endswith(".gz") else file
            kind = PurePath(lowered.removesuffix(".gz")).suffix
            with io.TextIOWrapper(plain, "utf-8-sig", newline="") as text:
                found = _csv_rows(use_case, text) if kind == ".csv" else _json_rows(text)
                rows = list(islice(found, MAX_ROWS + 1))
    except UnicodeDecodeError:
        raise FileUnreadableError("The file is not written in UTF-8. Save it again with that encoding.") from None
    except (OSError, EOFError, pa.ArrowException, csv.Error, json.JSONDecodeError, RecursionError) as error:
        raise FileUnreadableError(f"The file cannot be read as {PurePath(lowered).suffix}: {error}") from error
    if rows is not None and not rows:
        raise FileUnreadableError("The file has no rows below its header. Download the template to see the format.")
    return None if rows is None or len(rows) > MAX_ROWS else rows


def columns_of(name: str, file: IO[bytes]) -> list[str]:
    """Read the names of the columns of a CSV or Parquet file, whatever they are.

    Raises
    ------
    FileUnreadableError
        If the file cannot be read as what it claims to be.
    """
    lowered = name.lower()
    try:
        if lowered.endswith(".parquet"):
            return [str(column) for column in pq.read_schema(file).names]
        plain: Any = gzip.GzipFile(fileobj=file) if lowered.endswith(".gz") else file
        text = plain.read(_HEADER_BYTES).decode("utf-8-sig", "ignore").splitlines()
        header = text[0] if text else ""
        # The delimiter that parts it into the most, as the gateway reads it.
        parted = [next(csv.reader([header], delimiter=delimiter), []) for delimiter in (*DELIMITERS, "|")]
        names = [column.strip() for column in max(parted, key=len)]
    except (OSError, EOFError, pa.ArrowException, csv.Error) as error:
        raise FileUnreadableError(f"The file cannot be read as {PurePath(lowered).suffix}: {error}") from error
    if not any(names):
        raise FileUnreadableError("The file has no header; its first line names the columns.")
    return names


def _csv_rows(use_case: UseCaseAnswer, text: IO[str]) -> Iterator[dict[str, Any]]:
    header = next((line for line in text if line.strip()), "")
    candidates = {delimiter: next(csv.reader([header], delimiter=delimiter), []) for delimiter in DELIMITERS}
    # The delimiter that makes the most columns known, as where large files are read; a comma where none does.
    best = max(
        DELIMITERS, key=lambda delimiter: len({*map(str.strip, candidates[delimiter])} & {*row_columns(use_case)})
    )
    names = [name.strip() for name in candidates[best]]
    _require_columns(use_case, names)
    for cells in csv.reader(text, delimiter=best):
        if not cells:
            continue
        row: dict[str, Any] = row_of(use_case, dict(zip(names, cells, strict=False)))
        if len(cells) > len(names):
            row[EXTRA_CELLS] = ", ".join(cells[len(names) :])
        if len(cells) < len(names):
            row[MISSING_CELLS] = f"{len(cells)} of {len(names)}"
        yield row


def _require_columns(use_case: UseCaseAnswer, found: list[str]) -> None:
    """Refuse a table of other columns at once: otherwise every single row would be told of them."""
    optional = {feature.name for feature in use_case.features if feature.nullable} | {use_case.key}
    missing = [name for name in row_columns(use_case) if name not in found and name not in optional]
    unknown = [name or "(no name)" for name in found if name not in row_columns(use_case)]
    repeated = sorted({name for name in found if found.count(name) > 1})
    named = (("Missing", missing), ("Unknown", unknown), ("Repeated", repeated))
    problems = [f"{word}: {', '.join(names[:20])}." for word, names in named if names]
    if problems:
        raise FileUnreadableError(
            f"Its columns are not those of {use_case.title}. {' '.join(problems)} "
            "Compare the file with the template, which has the right columns."
        )


def _json_rows(text: IO[str]) -> Iterator[Any]:
    for line in text:
        if line.strip():
            yield json.loads(line)


def _parquet_rows(use_case: UseCaseAnswer, file: IO[bytes]) -> list[dict[str, Any]] | None:
    content = pq.ParquetFile(file)
    _require_columns(use_case, content.schema_arrow.names)
    if content.metadata.num_rows > MAX_ROWS:
        return None
    return [{name: _plain(value) for name, value in row.items()} for row in content.read().to_pylist()]


def _plain(value: Any) -> Any:
    """Give a value that JSON has; a NaN is a missing value to everyone who makes files."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)
