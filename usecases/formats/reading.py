"""Reading a file, whatever its format: by its name, as a whole before any row is used, then row by row."""

from __future__ import annotations

import contextlib
import hashlib
import stat
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from usecases.columns.typed_values import with_plain_values_of_lines
from usecases.columns.written import Written, marked
from usecases.contract.file_columns import matched_names
from usecases.contract.row_layout import TableRefusedError, canonical_names, require_columns
from usecases.contract.spec import UseCase
from usecases.formats import registry
from usecases.formats.chunks import Chunk, FileBrokenError, LinesChunk, TableChunk
from usecases.formats.format import Columns, Format, Opener
from usecases.formats.gzipped import ENDING, gzipped
from usecases.formats.json_text import DoubledName, parse_lines, row_text
from usecases.formats.limits import BLOCK_BYTES

FIRST_ROWS = 100
"""Rows asked for where one would do: a reader parses a block at once anyway."""


class UnknownFormatError(FileBrokenError):
    """The name of the file does not end in a known format."""


def endings() -> tuple[str, ...]:
    """Return the endings of all files that can be read."""
    return tuple(ending for known in registry.FORMATS for ending in _endings(known))


def _endings(known: Format) -> list[str]:
    packed = ("", ENDING) if known.may_be_packed else ("",)
    return [ending + more for ending in known.endings for more in packed]


def ending_of(name: str) -> str:
    """Return the part of a file name that tells its format.

    Raises
    ------
    UnknownFormatError
        Naming the endings there are.

    Examples
    --------
    >>> ending_of("Machines.CSV.GZ")
    '.csv.gz'
    """
    lowered = name.lower()
    found = next((ending for ending in endings() if lowered.endswith(ending)), None)
    if found is None:
        raise UnknownFormatError(f"{name!r} is in no known format; save it as one of {', '.join(endings())}")
    return found


def format_of(name: str) -> Format:
    """Return the format of a file by its name.

    Raises
    ------
    UnknownFormatError
        Naming the endings there are.

    Examples
    --------
    >>> format_of("Machines.CSV.GZ").name
    'CSV, gzipped'
    """
    ending = ending_of(name)
    plain = next(known for known in registry.FORMATS if ending.removesuffix(ENDING) in known.endings)
    return gzipped(plain) if ending.endswith(ENDING) else plain


def format_of_media_type(media_type: str) -> Format | None:
    """Return the format of the body of a message by its content type; none where it is another.

    >>> found = format_of_media_type("text/csv")
    >>> found and found.name, format_of_media_type("application/json")
    ('CSV', None)
    """
    return next((known for known in registry.BODIES if known.is_called(media_type)), None)


def formats_table() -> str:
    """Write the table of formats that the documentation shows."""
    lines = ["| format | files | how rows are written |", "|---|---|---|"]
    for known in registry.FORMATS:
        files = ", ".join(f"`{ending}`" for ending in _endings(known))
        lines.append(f"| {known.name} | {files} | {known.description} |")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Preflight:
    """What the look found.

    Attributes
    ----------
    digest
        SHA-256 of the bytes, in hexadecimal.
    problem
        Why the file cannot be read, in words that say what to do; None if it can.
    """

    digest: str
    problem: str | None


def preflight(file: BinaryIO, found: Format | None) -> Preflight:
    """Read a file once: its digest, and whether all of it can be read.

    Parameters
    ----------
    file
        The file, at its start.
    found
        Its format; None where only the digest is of interest.
    """
    digest = hashlib.sha256()
    problem = None
    try:
        if found is not None:
            found.check(_hashed(file, digest))
    except FileBrokenError as error:
        problem = str(error)
    for _ in _hashed(file, digest):  # what is left after a problem, or all of a file nobody looks into
        pass
    return Preflight(digest.hexdigest(), problem)


def _hashed(file: BinaryIO, digest: hashlib._Hash) -> Iterator[bytes]:
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
        yield block


def opener(path: Path) -> Opener:
    """Return what opens a file on the disk."""
    return lambda: pa.OSFile(str(path))


def read_chunks(
    use_case: UseCase, path: Path, found: Format, chunk_rows: int, told: Callable[[str], None] = lambda _: None,
    placed: Callable[[str, Sequence[int]], None] | None = None,
) -> Generator[Chunk]:  # fmt: skip
    """Read a file of rows of a use case chunk by chunk; see :func:`read_opened`."""
    yield from read_opened(use_case, opener(path), found, chunk_rows, told, placed)


def read_opened(
    use_case: UseCase, opened: Opener, found: Format, chunk_rows: int, told: Callable[[str], None] = lambda _: None,
    placed: Callable[[str, Sequence[int]], None] | None = None,
) -> Generator[Chunk]:  # fmt: skip
    """Read rows of a use case chunk by chunk, wherever they lie; see :func:`columns_of_file` for the names that columns may have.

    Raises
    ------
    usecases.contract.row_layout.TableRefusedError
        If the columns are not those of the use case.
    usecases.formats.chunks.FileBrokenError
        If the file cannot be read any further.
    """
    yield from found.read(opened, replace(columns_of(use_case), told=told, placed=placed), chunk_rows)


def columns_of(use_case: UseCase) -> Columns:
    """Return which columns the rows of a use case are read from; see :func:`columns_of_file` for the names they may have."""
    known = use_case.known_names
    return Columns(partial(columns_of_file, use_case), known)


def columns_of_file(use_case: UseCase, found: Sequence[str]) -> list[str | None]:
    """Return the use case's own names of the columns of a file, by their places; None for one that is read over.

    Raises
    ------
    usecases.contract.row_layout.TableRefusedError
        Naming every missing, unknown and repeated column.
    """
    names = canonical_names(use_case, found)
    if not {*names} <= {*use_case.columns, None}:
        names = matched_names(use_case, names)
    require_columns(use_case, [name for name in names if name is not None])
    return names


def read_tables(found: Format, opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[pa.RecordBatch]:
    """Read a file of any rows as tables, with no rows left out.

    Raises
    ------
    FileBrokenError
        If it cannot be read, or a row does not have the columns of the others.
    """
    try:
        for chunk in found.read(opened, columns, chunk_rows):
            yield _whole(chunk) if isinstance(chunk, TableChunk) else laid_out(chunk)
    except (OSError, EOFError, pa.ArrowException) as error:
        raise FileBrokenError(" ".join(str(error).split())) from error


def column_names(path: Path, found: Format) -> list[str]:
    """Read the names of a file's columns, as it has them; of objects, those of the first rows. See :func:`beginning`."""
    names, first = beginning(path, found, frozenset(), FIRST_ROWS)
    if isinstance(first, LinesChunk):
        return list(dict.fromkeys(name for row in parse_lines(first.lines) if isinstance(row, dict) for name in row))
    return names


def beginning(path: Path, found: Format, known: frozenset[str], rows: int) -> tuple[list[str], Chunk | None]:
    """Read the names of a table's columns, as it has them, and its first rows, whose columns are called by their places.

    Raises
    ------
    FileBrokenError
        If it cannot be read.
    """
    names: list[str] = []

    def note(header: Sequence[str]) -> list[str | None]:
        names[:] = header
        # A name may stand twice; a place does not.
        return [str(place) for place in range(len(header))]

    columns = Columns(note, known, may_be_nested=True)  # nobody may read the column that is
    return names, next(iter(found.read(opener(path), columns, rows)), None)


def looks_readable(use_case: UseCase, path: Path) -> bool:
    """Return whether a file has the right columns and at least one row, by its beginning; it stays where it is."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        with contextlib.closing(read_chunks(use_case, path, format_of(path.name), FIRST_ROWS)) as chunks:
            return next(chunks, None) is not None
    except (TableRefusedError, FileBrokenError, OSError, UnicodeDecodeError):
        return False


def laid_out(chunk: LinesChunk) -> pa.RecordBatch:
    """Lay objects out in columns: typed where all values of a column have one type, texts otherwise.

    Raises
    ------
    FileBrokenError
        If a line holds no object.
    """
    rows = _objects(chunk)
    names = list(dict.fromkeys(name for row in rows for name in row))
    kept = {name: renamed for name, renamed in zip(names, chunk.rename(names), strict=True) if renamed is not None}
    arrays = [_column([row.get(name) for row in rows]) for name in kept]
    fields = [pa.field(name, array.type) for name, array in zip(kept.values(), arrays, strict=True)]
    texts = [marked(field, Written.TEXTS) if pa.types.is_string(field.type) else field for field in fields]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(texts))


def _whole(chunk: TableChunk) -> pa.RecordBatch:
    for row in chunk.malformed:
        raise FileBrokenError(f"{row.problem}: {row.text[:200]}")
    return chunk.table


def _objects(chunk: LinesChunk) -> Sequence[dict[str, Any]]:
    rows = parse_lines(chunk.lines)
    for number, row in enumerate(rows, start=chunk.rows_before + 1):
        if isinstance(row, DoubledName):
            raise FileBrokenError(f"row {number} has the name {row.name!r} twice; leave one of the two")
        if not isinstance(row, dict):
            line = chunk.lines[number - chunk.rows_before - 1][:200].decode(errors="replace")
            raise FileBrokenError(f"row {number} is no JSON object: {line}; write one object a line")
    return with_plain_values_of_lines(chunk.lines, rows)


def _column(values: list[Any]) -> pa.Array:
    try:
        array = pa.array(values)
    except (pa.ArrowException, OverflowError):
        pass
    else:
        if not pa.types.is_nested(array.type):
            return array
    return pa.array([value if value is None or isinstance(value, str) else row_text(value) for value in values])
