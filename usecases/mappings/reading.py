"""Reading files by the mappings that people accepted."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from usecases.columns.features import FloatFeature
from usecases.columns.notations import ContradictedNotationError, Notation, plain_values
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.chunks import Chunk, FileBrokenError, LinesChunk, TableChunk
from usecases.formats.encoded import UNREADABLE, Encoding, format_in
from usecases.formats.format import Columns, Format
from usecases.formats.reading import FIRST_ROWS, beginning, opener, read_chunks
from usecases.mappings.mapping import FileMapping, header_digest

_BY = "the mapping of this header; correct the file, or withdraw the mapping and accept another one, on the page under Predict"


def mapping_of(path: Path, name: str, mappings: Sequence[FileMapping]) -> FileMapping | None:
    """Return the mapping for files with the header of this one, if there is one; of several the first."""
    for encoding in {mapping.encoding for mapping in mappings}:
        candidates = [mapping for mapping in mappings if mapping.encoding is encoding]
        known = frozenset(column for mapping in candidates for column in mapping.columns)
        try:
            digest = header_digest(header_of(path, format_in(name, encoding), known))
        except UNREADABLE:
            continue
        found = next((mapping for mapping in candidates if mapping.header == digest), None)
        if found is not None:
            return found
    return None


def header_of(path: Path, found: Format, known: frozenset[str]) -> list[str]:
    """Return the names of a table's columns as the file has them; none of objects, which name their members one by one.

    Raises
    ------
    FileBrokenError
        If it cannot be read.
    """
    names, first = beginning(path, found, known, FIRST_ROWS)
    return [] if isinstance(first, LinesChunk) else names


def read_mapped(
    use_case: UseCase, path: Path, name: str, chunk_rows: int, mappings: Sequence[FileMapping]
) -> Generator[Chunk]:
    """Read a file of rows chunk by chunk: by the mapping for its header, by its names where there is none.

    Raises
    ------
    usecases.contract.row_layout.TableRefusedError
        If the columns are not those of the use case.
    FileBrokenError
        If the file cannot be read any further.
    """
    mapping = mapping_of(path, name, mappings)
    if mapping is None:
        yield from read_chunks(use_case, path, format_in(name, Encoding.UTF_8), chunk_rows)
    else:
        yield from read_by(use_case, path, name, chunk_rows, mapping)


def read_by(
    use_case: UseCase, path: Path, name: str, chunk_rows: int, mapping: FileMapping,
    placed: Callable[[str, Sequence[int]], None] | None = None,
) -> Generator[Chunk]:  # fmt: skip
    """Read a file by a mapping; see :func:`read_mapped`."""
    columns = Columns(lambda found: mapping.names(use_case, found), frozenset(mapping.columns), placed=placed)
    for chunk in format_in(name, mapping.encoding).read(opener(path), columns, chunk_rows):
        yield _with_plain_values(use_case, chunk, mapping) if isinstance(chunk, TableChunk) else chunk


def _with_plain_values(use_case: UseCase, chunk: TableChunk, mapping: FileMapping) -> TableChunk:
    try:
        table = in_plain_notation(
            use_case, chunk.table, mapping.notations, _BY, lambda place: int(chunk.numbers[place])
        )
    except TableRefusedError as error:
        raise FileBrokenError(str(error)) from None
    return replace(chunk, table=table)


def in_plain_notation(
    use_case: UseCase, table: pa.RecordBatch, notations: Mapping[str, Notation], said_by: str,
    number_of: Callable[[int], int] = lambda position: position + 1,
) -> pa.RecordBatch:  # fmt: skip
    """Write columns of a table, under the names of the contract, as the contract reads them.

    Parameters
    ----------
    use_case, table
        The contract, and rows of a file.
    notations
        How columns are written; what is no text is left as it is.
    said_by
        Who says so, and what to do where it does not hold, for the error.
    number_of
        Number of the row in a position.

    Raises
    ------
    TableRefusedError
        If a number is written otherwise.
    """
    for column, notation in notations.items():
        place = table.schema.get_field_index(column)
        if place < 0 or not pa.types.is_string(table.schema.field(place).type):  # values of a format with types
            continue
        try:
            plain = plain_values(table.column(place), notation, point=_point(use_case, column))
        except ContradictedNotationError as error:
            position, text = error.args
            example = {Notation.DECIMAL_COMMA: "1.234,5", Notation.THOUSANDS_COMMA: "1,234.5"}[notation]
            raise TableRefusedError(
                f"row {number_of(position):,} has {text[:60]!r} in {column}, whose numbers are written as {example} by {said_by}"
            ) from None
        table = table.set_column(place, table.schema.field(place), plain)
    return table


def _point(use_case: UseCase, column: str) -> str:
    """Return what the contract reads before decimals."""
    feature = use_case.features_by_name[column]
    return "," if isinstance(feature, FloatFeature) and feature.decimal_comma else "."
