"""Bodies that are files: CSV, Parquet and the like, by the content type that a message declares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from math import isnan
from typing import Any

import pyarrow as pa

from broker.envelopes.foreign import MessageRefusedError
from broker.messages import MAX_INBOX_ROWS
from usecases.columns.booleans import boolean_of
from usecases.columns.features import BooleanFeature, Feature, FloatFeature, IntegerFeature
from usecases.columns.missing import is_word
from usecases.columns.number_texts import number_of
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

    known = frozenset([*use_case.columns, *use_case.names_by_source, *use_case.ignored_columns])
    return found.read(lambda: pa.BufferReader(body), Columns(rename, known), chunk_rows)


def _named_rows(use_case: UseCase, chunk: Chunk) -> list[Any]:
    if not isinstance(chunk, TableChunk):
        return parse_lines(chunk.lines)
    for row in chunk.malformed:
        identity = ", ".join(use_case.inbox.identity)
        raise FileBrokenError(f"{row.problem}, so it has no {identity} (inbox.identity) by which it could be known")
    features = use_case.features_by_name
    return [
        {name: _json_value(features.get(name), value) for name, value in row.items()} for row in chunk.table.to_pylist()
    ]


def _json_value(feature: Feature | None, value: Any) -> Any:
    """Return a cell as a row in JSON has it, so that a row is the same row in either.

    >>> feature = FloatFeature(name="heat", type="float")
    >>> [_json_value(feature, value) for value in ("40.0", " NaN", "hot", Decimal("1.5"), float("nan"))]
    [40.0, None, 'hot', 1.5, None]
    """
    if isinstance(value, str):
        return _text_value(feature, value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return None if isnan(value) else float(value)
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
