"""Parquet, row group by row group."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from usecases.contract.file_columns import spelling
from usecases.formats.arrow_types import plain_array, plain_field, plain_type
from usecases.formats.chunks import EMPTY, Cutter, FileBrokenError, TableChunk
from usecases.formats.format import Columns, Format, Opener
from usecases.formats.limits import CHUNK_BYTES, COLUMN_CHUNK_BYTES, MAX_COLUMNS, STEP_BYTES

_MAGIC = b"PAR1"
_FOOTER = len(_MAGIC) + 4
"""Bytes at the end of a file: the length of its metadata, and the magic word."""

_ENCRYPTED = b"PARE"
_SIGNATURE = 28
"""Bytes behind the metadata of a file whose columns are encrypted and whose footer is not."""

_ENCRYPTED_WORDS = "the Parquet file, or a column of it, is encrypted; write it without encryption"

_USUAL_BYTES = 32
"""Bytes of a value that is not known to be longer."""


def _check(blocks: Iterator[bytes]) -> None:
    first = last = b""
    for block in blocks:
        first = first or block[:4]
        last = (last + block)[-4:]
    if not first:
        raise FileBrokenError(EMPTY)
    if first == _ENCRYPTED:
        raise FileBrokenError(_ENCRYPTED_WORDS)
    if first != _MAGIC:
        raise FileBrokenError("the file is no Parquet file although its name says so; check how it was written")
    if last != _MAGIC:
        raise FileBrokenError("the Parquet file ends too early; it was cut off, send it again")


def _read(opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[TableChunk]:
    yield from read_row_groups(opened, columns, chunk_rows)


def read_row_groups(
    opened: Opener, columns: Columns, chunk_rows: int, groups: range | None = None, path: str = ""
) -> Generator[TableChunk]:
    """Read rows chunk by chunk, of some row groups or of all; rows are counted from the first that is read.

    Parameters
    ----------
    opened, columns, chunk_rows, groups
        The file, what is read of it, how much at once, and which row groups.
    path
        Where the file lies below the folder of its data set, whose steps may be columns; see :func:`values_of_folders`.

    Raises
    ------
    FileBrokenError
        If the file cannot be read any further.
    """
    with _damage_told(), opened() as file, _open(file) as content:
        schema = content.schema_arrow
        places, wanted, of_folders = _layout(content, columns, path)
        names = schema.names
        numbers = range(content.metadata.num_row_groups) if groups is None else groups
        rows = _rows_at_once(content, file, wanted or names, numbers)
        fields = [plain_field(schema.field(place), name) for place, name in places.items()]
        plain = pa.schema([*fields, *(pa.field(name, pa.string()) for name in of_folders)])
        cutter = Cutter(plain, chunk_rows)
        batches = content.iter_batches(
            batch_size=min(chunk_rows, rows),
            row_groups=list(numbers),
            columns=wanted,
            use_threads=False,
        )
        for batch in batches:
            cutter.add(_plain(batch, names, places, of_folders, plain))
            yield from cutter.full_chunks()
        yield from cutter.rest()


def row_group_sizes(opened: Opener, columns: Columns, path: str = "") -> list[int]:
    """Return the rows of each row group, of a file whose columns can be read.

    Raises
    ------
    FileBrokenError
        If it cannot be read.
    """
    with _damage_told(), opened() as file, _open(file) as content:
        _, wanted, _ = _layout(content, columns, path)
        metadata = content.metadata
        _require_bounded_groups(
            content, _leaves(content, wanted or content.schema_arrow.names), range(metadata.num_row_groups)
        )
        return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]


def is_data_file(path: str) -> bool:
    """Return whether readers of data sets take a file of a folder for data: by its ending, and no step of its path is hidden.

    >>> [is_data_file(path) for path in ("day=1/a.parquet", "_delta_log/1.parquet", "a.csv")]
    [True, False, False]
    """
    return path.lower().endswith(PARQUET.endings) and not any(step.startswith((".", "_")) for step in path.split("/"))


_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def values_of_folders(path: str, names: Collection[str], known: Collection[str]) -> dict[str, str | None]:
    """Return the columns that a file lacks and the folders it lies in stand for, as Spark, DuckDB and pandas part data sets.

    Parameters
    ----------
    path
        Where the file lies below the folder of its data set.
    names, known
        Columns that it has, and those that are looked for.

    Examples
    --------
    >>> values_of_folders("site=A%2FB/day=2/a.parquet", ["heat"], ["heat", "Site"])
    {'site': 'A/B'}
    """
    steps = [step.partition("=") for step in path.split("/")[:-1]]
    wanted = {*map(spelling, known)} - {*map(spelling, names)} if any(sign for _, sign, _ in steps) else set()
    found = {unquote(name): unquote(value) for name, sign, value in steps if sign}
    return {name: None if value == _NO_VALUE else value for name, value in found.items() if spelling(name) in wanted}


def _layout(
    content: pq.ParquetFile, columns: Columns, path: str
) -> tuple[dict[int, str], list[str] | None, dict[str, str | None]]:
    """Return the columns that are read by their places, their names in the file where not all are, and those of its folders."""
    schema = content.schema_arrow
    names = schema.names
    if len(names) > MAX_COLUMNS:
        raise FileBrokenError(f"there are {len(names):,} columns; at most {MAX_COLUMNS:,} are read")
    values = values_of_folders(path, names, columns.known)
    renamed = columns.rename([*names, *values])
    places = {place: name for place, name in enumerate(renamed[: len(names)]) if name is not None}
    of_folders = dict(zip(renamed[len(names) :], values.values(), strict=True))
    if not columns.may_be_nested:
        _require_single_values(schema, places)
    return places, _wanted(names, places), {name: value for name, value in of_folders.items() if name is not None}


@contextmanager
def _damage_told() -> Iterator[None]:
    """Raise what Arrow finds wrong with a file in words for its sender."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeError) as error:
        reason = " ".join(str(error).split())
        if "decrypt" in reason:
            raise FileBrokenError(_ENCRYPTED_WORDS) from error
        raise FileBrokenError(f"the Parquet file is damaged: {reason}; write it again") from error


def _open(file: pa.NativeFile, *, dictionaries: Sequence[str] = ()) -> pq.ParquetFile:
    """Open a file; times that Spark and Impala write in 96 bits are read by microseconds, which hold every date."""
    try:
        content = pq.ParquetFile(file, read_dictionary=list(dictionaries), coerce_int96_timestamp_unit="us")
    except pa.ArrowException as error:
        if "64 bits" not in str(error):
            raise
        raise FileBrokenError(
            f"the Parquet file holds whole numbers of 128 bits, which Arrow does not read; write {_wide_columns(file)} "
            "as whole numbers of 64 bits or as texts"
        ) from error
    _require_no_encryption(content, file)
    return content


def _require_no_encryption(content: pq.ParquetFile, file: pa.NativeFile) -> None:
    """Refuse encrypted columns as soon as the metadata is read; Arrow 25.0.1 may end the process over them later."""
    file.seek(file.size() - _FOOTER)
    if int.from_bytes(file.read(4), "little") == content.metadata.serialized_size + _SIGNATURE:
        raise FileBrokenError(_ENCRYPTED_WORDS)


def _wide_columns(file: pa.NativeFile) -> str:
    """Name the columns of a file of Polars that hold whole numbers of 128 bits; Arrow does not even open it."""
    size = file.size()
    file.seek(size - _FOOTER)
    length = int.from_bytes(file.read(4), "little")
    file.seek(max(0, size - _FOOTER - length))
    metadata = _MAGIC + file.read(length + _FOOTER).replace(b"ARROW:schema", b"other:schema")
    schema = pq.read_metadata(pa.BufferReader(metadata)).schema
    wide = [
        repr(column.name)
        for column in map(schema.column, range(len(schema)))
        if column.physical_type == "FIXED_LEN_BYTE_ARRAY" and column.logical_type.type == "NONE" and column.length == 16  # noqa: PLR2004 - bytes of 128 bits
    ]
    return ", ".join(wide) or "them"


def _require_single_values(schema: pa.Schema, places: dict[int, str]) -> None:
    for field in map(schema.field, places):
        if pa.types.is_nested(plain_type(field.type)):
            raise FileBrokenError(f"the column {field.name!r} holds {field.type}; a cell has to be one value")


def _rows_at_once(content: pq.ParquetFile, file: pa.NativeFile, names: Sequence[str], groups: range) -> int:
    """Return how many rows of some row groups can be unpacked at once, by what the file says of them.

    Raises
    ------
    FileBrokenError
        If a column unpacks to more than memory is taken for.
    """
    leaves = _leaves(content, names)
    _require_bounded_groups(content, leaves, groups)
    parts = map(content.metadata.schema.column, leaves)
    texts = [part.path for part in parts if part.physical_type == "BYTE_ARRAY"]
    # Those that would take much memory if the longest text were in every row.
    large = [number for number in groups if _may_unfold(content.metadata.row_group(number))] if texts else []
    longest: dict[str, int] = {}
    if large:
        unfolded = _open(file, dictionaries=texts)
        for number in large:
            for name, length in _longest_texts(unfolded, number, texts).items():
                longest[name] = max(length, longest.get(name, 0))
    return max(1, CHUNK_BYTES // (_USUAL_BYTES * max(1, len(leaves)) + sum(longest.values())))


def _may_unfold(group: pq.RowGroupMetaData) -> bool:
    return bool(group.num_rows * group.total_byte_size > STEP_BYTES)


def _require_bounded_groups(content: pq.ParquetFile, leaves: Sequence[int], groups: range) -> None:
    for group in map(content.metadata.row_group, groups):
        # Column by column where a group is large alone: Arrow 25.0.1 may end the process over damaged metadata.
        if not 0 < group.total_byte_size <= COLUMN_CHUNK_BYTES:
            _require_bounded(group, leaves)


def _leaves(content: pq.ParquetFile, names: Sequence[str]) -> list[int]:
    metadata, wanted = content.metadata, frozenset(names)
    return [place for place in range(metadata.num_columns) if _is_wanted(metadata.schema.column(place).path, wanted)]


def _require_bounded(group: pq.RowGroupMetaData, leaves: Sequence[int]) -> None:
    for column in map(group.column, leaves):
        size = column.total_uncompressed_size
        if size > COLUMN_CHUNK_BYTES:
            raise FileBrokenError(
                f"the column {column.path_in_schema!r} unpacks to {size // 1024**2:,} MB in one row group; "
                f"write row groups of fewer rows, at most {COLUMN_CHUNK_BYTES // 1024**2} MB a column"
            )


def _longest_texts(content: pq.ParquetFile, group: int, names: Sequence[str]) -> dict[str, int]:
    """Return the longest text of each column's dictionary, which a few bits a row may repeat; the first row brings it."""
    batches = content.iter_batches(batch_size=1, row_groups=[group], columns=list(names), use_threads=False)
    texts = [column.dictionary for column in next(batches).columns if pa.types.is_dictionary(column.type)]
    return {name: pc.max(pc.binary_length(column)).as_py() or 0 for name, column in zip(names, texts, strict=False)}


def _is_wanted(path: str, names: frozenset[str]) -> bool:
    return path in names or path.partition(".")[0] in names


def _wanted(names: list[str], places: dict[int, str]) -> list[str] | None:
    """Name the columns to read; all of them where a name alone does not say which one is meant."""
    if len(places) == len(names) or len({*names}) < len(names) or any("." in name for name in names):
        return None
    return [names[place] for place in places]


def _plain(
    batch: pa.RecordBatch, names: list[str], places: dict[int, str], of_folders: dict[str, str | None], plain: pa.Schema
) -> pa.RecordBatch:
    """Rename the columns of a batch, undo how Parquet and Arrow wrap values, and add what its folders say of all rows."""
    whole = batch.num_columns == len(names)
    arrays = [plain_array(batch.column(place if whole else names[place])) for place in places]
    arrays += [pa.repeat(pa.scalar(value, pa.string()), batch.num_rows) for value in of_folders.values()]
    return pa.RecordBatch.from_arrays(arrays, schema=plain)


PARQUET = Format(
    name="Parquet",
    description="columns by name; values with their types",
    endings=(".parquet", ".pq"),
    media_type="application/vnd.apache.parquet",
    other_media_types=frozenset({"application/parquet", "application/x-parquet"}),
    check=_check,
    read=_read,
    has_types=True,
    may_be_packed=False,
)
