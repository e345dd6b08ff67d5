"""Bodies that are files: CSV, Parquet and the like, by the content type that a message declares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from math import isnan
from typing import Any

import numpy as np
import pyarrow as pa

from broker.envelopes.foreign import MessageRefusedError
from broker.messages import MAX_INBOX_ROWS
from usecases.checking.raw_rows import cell_value
from usecases.columns.booleans import boolean_of
from usecases.columns.casting import cast_key, plain_column
from usecases.columns.features import BooleanFeature, CategoryFeature, Feature, FloatFeature, IntegerFeature
from usecases.columns.missing import is_word
from usecases.columns.number_texts import number_of
from usecases.columns.texts import number_texts
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.chunks import Chunk, FileBrokenError, TableChunk
from usecases.formats.format import Columns, Format
from usecases.formats.json_text import parse_lines
from usecases.formats.reading import columns_of_file, format_of_media_type, read_opened

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
    named
        The rows as JSON has them, where columns name them; none where they do not.
    """

    body: bytes
    found: Format
    count: int
    named: Sequence[Any] = ()

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
    count = 0
    named: list[Any] = []
    try:
        found.check(iter([body] if body else []))
        for chunk in (_named_chunks if use_case.inbox.identity else _chunks)(use_case, body, found, _ROWS_AT_ONCE):
            count += chunk.rows
            if count > MAX_INBOX_ROWS:
                break
            if use_case.inbox.identity:
                named += _named_rows(use_case, chunk)
    except (
        TableRefusedError, FileBrokenError, OSError, EOFError, ValueError, LookupError, OverflowError, pa.ArrowException
    ) as error:  # fmt: skip
        told = str(error).replace("the file ", "the body ", 1)
        raise MessageRefusedError(f"the body is no {found.name} that can be read: {told}") from error
    if count > MAX_INBOX_ROWS:
        raise MessageRefusedError(f"the body has more than {MAX_INBOX_ROWS:,} rows; drop a file")
    if not count:
        raise MessageRefusedError("the body has no rows, only names of columns; send at least one")
    return TableRows(body, found, count, named)


def _chunks(use_case: UseCase, body: bytes, found: Format, chunk_rows: int) -> Iterator[Chunk]:
    return read_opened(use_case, lambda: pa.BufferReader(body), found, chunk_rows)


def _named_chunks(use_case: UseCase, body: bytes, found: Format, chunk_rows: int) -> Iterator[Chunk]:
    """Read rows with the columns that name them, of which the model may not see all."""
    naming = {name for name in use_case.inbox.identity if name in use_case.ignored_columns}

    def rename(names: Sequence[str]) -> list[str | None]:
        canonical = columns_of_file(use_case, names)
        return [given if given in naming else name for given, name in zip(names, canonical, strict=True)]

    known = use_case.known_names
    return found.read(lambda: pa.BufferReader(body), Columns(rename, known), chunk_rows)


def _named_rows(use_case: UseCase, chunk: Chunk) -> list[Any]:
    if not isinstance(chunk, TableChunk):
        return parse_lines(chunk.lines)
    for row in chunk.malformed:
        identity = ", ".join(use_case.inbox.identity)
        raise FileBrokenError(f"{row.problem}, so it has no {identity} (inbox.identity) by which it could be known")
    names = chunk.table.schema.names
    columns = [_json_column(use_case, name, chunk.table.column(name)) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _json_column(use_case: UseCase, name: str, column: pa.Array) -> list[Any]:
    """Return the cells of a column as rows in JSON have them; what cannot be read stays, and its row is bad."""
    feature = use_case.features_by_name.get(name)
    plain, bad = cast_key(column) if name == use_case.key else plain_column(column)
    if isinstance(feature, CategoryFeature) and pa.types.is_floating(plain.type):
        plain = number_texts(plain).cast(pa.float64())  # 0.1 of 32 bits is 0.1, too
    values = [_json_value(feature, value) for value in plain.to_pylist()]
    for place in np.flatnonzero(bad).tolist():
        cell = cell_value(column[place])
        values[place] = _bad_key(cell, column.type) if name == use_case.key else _json_value(feature, cell)
    return values


def _bad_key(cell: Any, kind: pa.DataType) -> Any:
    """Return what is no key in a file, so that it is none here: a time or bytes would be one as a text."""
    if isinstance(cell, float) and cell.is_integer():
        # Of 32 bits it may be one of several numbers; written so, it is one without its last digits to everybody.
        return f"{cell:e}"
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return cell if is_text or isinstance(cell, float) else [str(cell)]


def _json_value(feature: Feature | None, value: Any) -> Any:
    """Return a cell as a row in JSON has it, so that a row is the same row in either.

    >>> feature = FloatFeature(name="heat", type="float")
    >>> [_json_value(feature, value) for value in ("40.0", " NaN", "hot", Decimal("1.5"), Decimal("40.0"), float("nan"))]
    [40.0, None, 'hot', 1.5, 40, None]
    """
    if isinstance(value, str):
        return _text_value(feature, value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        is_whole = isinstance(value, Decimal) and value == value.to_integral_value()
        return None if isnan(value) else int(value) if is_whole else float(value)
    return value if value is None or isinstance(value, bool | int) else str(value)


def _text_value(feature: Feature | None, text: str) -> Any:
    if isinstance(feature, BooleanFeature):
        return boolean_of(text)
    if not isinstance(feature, FloatFeature | IntegerFeature):
        return text
    if is_word(text):
        return None
    number = number_of(text, decimal_comma=isinstance(feature, FloatFeature) and feature.decimal_comma)
    return text if number is None else number
