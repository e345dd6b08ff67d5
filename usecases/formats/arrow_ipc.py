"""Arrow IPC, as a stream or as a file: bodies of messages, of programs that have their rows in columns."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from usecases.formats.arrow_types import plain_array, plain_field, plain_type
from usecases.formats.chunks import EMPTY, Cutter, FileBrokenError, TableChunk
from usecases.formats.format import Columns, Format, Opener
from usecases.formats.limits import MAX_COLUMNS, STEP_BYTES

MAX_ROWS = 1_000_000
"""Rows of a body; columns of nothing, and runs of one value, take no bytes however many rows they have."""

_MAGIC = b"ARROW1\0\0"
_PADDING = b"\0\xff\r\n"
"""Zeros, ends of lines, and the end of a stream once more: what may stand behind one."""
"""Begins a file; the rest of one is a stream, with an index behind."""

_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3
"""Kinds of messages that hold values."""


def _check(blocks: Iterator[bytes]) -> None:
    if not any(blocks):
        raise FileBrokenError(EMPTY)


def _read(opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[TableChunk]:
    try:
        with opened() as file:
            content = file.read_buffer()
        is_file = content[: len(_MAGIC)].to_pybytes() == _MAGIC
        if is_file:
            content = content[len(_MAGIC) :]
        end = _require_plain(content)
        if not is_file and (
            more := content[end:].to_pybytes().strip(_PADDING)
        ):  # behind that of a file stands its index
            raise FileBrokenError(
                f"{len(more):,} bytes follow the end of the Arrow stream, another one perhaps; write all rows as one stream"
            )
        with pa.ipc.open_stream(content) as batches:
            yield from _chunks(batches, columns, chunk_rows)
    except (pa.ArrowException, OSError, struct.error, IndexError, UnicodeError) as error:
        reason = " ".join(str(error).split())
        raise FileBrokenError(f"the Arrow data are damaged: {reason}; write them again") from error


def _chunks(batches: pa.RecordBatchReader, columns: Columns, chunk_rows: int) -> Iterator[TableChunk]:
    schema = batches.schema
    if len(schema.names) > MAX_COLUMNS:
        raise FileBrokenError(f"there are {len(schema.names):,} columns; at most {MAX_COLUMNS:,} are read")
    places = {place: name for place, name in enumerate(columns.rename(schema.names)) if name is not None}
    for field in map(schema.field, places):
        if not columns.may_be_nested and pa.types.is_nested(plain_type(field.type)):
            raise FileBrokenError(f"the column {field.name!r} holds {field.type}; a cell has to be one value")
    plain = pa.schema([plain_field(schema.field(place), name) for place, name in places.items()])
    cutter = Cutter(plain, chunk_rows)
    for batch in batches:
        batch.validate(full=True)
        for place in places:
            _require_short(schema.field(place).name, batch.column(place))
        cutter.add(pa.RecordBatch.from_arrays([plain_array(batch.column(place)) for place in places], schema=plain))
        yield from cutter.full_chunks()
    yield from cutter.rest()


def _require_plain(content: pa.Buffer) -> int:
    """Refuse what would take much memory to unpack, before anything is: by what the messages of a stream say of themselves.

    Returns
    -------
    int
        Where the stream ends.
    """
    rows = 0
    reader = pa.BufferReader(content)
    for message in pa.ipc.MessageReader.open_stream(reader):
        metadata = message.metadata.to_pybytes()
        batch = _batch(metadata)
        if batch is None:
            continue
        if _field(metadata, batch, 3):
            raise FileBrokenError("the Arrow data are compressed; write them without compression, or as Parquet")
        length = _field(metadata, batch, 0)
        rows += struct.unpack_from("<q", metadata, length)[0] if length else 0
        if rows > MAX_ROWS:
            raise FileBrokenError(f"there are more than {MAX_ROWS:,} rows")
    end: int = reader.tell()
    return end


def _batch(metadata: bytes) -> int | None:
    """Return where the metadata of a message describe a batch of values; none where it is no such message."""
    root = struct.unpack_from("<I", metadata)[0]
    kind, header = _field(metadata, root, 1), _field(metadata, root, 2)
    if not header or metadata[kind] not in {_DICTIONARY_BATCH, _RECORD_BATCH}:
        return None
    table = _target(metadata, header)
    return table if metadata[kind] == _RECORD_BATCH else _target(metadata, _field(metadata, table, 1))


def _field(metadata: bytes, table: int, number: int) -> int:
    """Return where a field of a table of FlatBuffers lies, 0 where it is not set."""
    layout = table - struct.unpack_from("<i", metadata, table)[0]
    place = 4 + 2 * number
    if place >= struct.unpack_from("<H", metadata, layout)[0]:
        return 0
    offset = struct.unpack_from("<H", metadata, layout + place)[0]
    return table + offset if offset else 0


def _target(metadata: bytes, field: int) -> int:
    return field + int(struct.unpack_from("<I", metadata, field)[0])


def _require_short(name: str, column: pa.Array) -> None:
    """Refuse texts of which one copy stands for many rows, where all copies take much memory; dictionaries are looked at later."""
    kind = column.type
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        views = np.frombuffer(column.buffers()[1], np.int32)[column.offset * 4 :][: len(column) * 4]
        size = int(views[::4].sum(dtype=np.int64))
    elif pa.types.is_run_end_encoded(kind) and not pa.types.is_primitive(kind.value_type):
        size = column.nbytes * len(column)
    else:
        return
    if size > STEP_BYTES:
        raise FileBrokenError(
            f"the column {name!r} unfolds to more than {STEP_BYTES // 1024**2} MB; leave long texts out"
        )


ARROW_STREAM = Format(
    name="Arrow IPC",
    description="columns by name; values with their types",
    endings=(),
    media_type="application/vnd.apache.arrow.stream",
    check=_check,
    read=_read,
    has_types=True,
    may_be_packed=False,
)
ARROW_FILE = replace(ARROW_STREAM, media_type="application/vnd.apache.arrow.file")
