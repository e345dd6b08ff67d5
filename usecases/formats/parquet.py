"""Parquet, row group by row group."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from usecases.formats.chunks import EMPTY, Cutter, FileBrokenError, TableChunk
from usecases.formats.format import Columns, Format, Opener

_MAGIC = b"PAR1"


def _check(blocks: Iterator[bytes]) -> None:
    first = last = b""
    for block in blocks:
        first = first or block[:4]
        last = (last + block)[-4:]
    if not first:
        raise FileBrokenError(EMPTY)
    if first != _MAGIC:
        raise FileBrokenError("the file is no Parquet file although its name says so; check how it was written")
    if last != _MAGIC:
        raise FileBrokenError("the Parquet file ends too early; it was cut off, send it again")


def _read(opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[TableChunk]:
    try:
        with opened() as file, pq.ParquetFile(file) as content:
            schema = content.schema_arrow
            names = schema.names
            renamed = columns.rename(names)
            places = {place: name for place, name in enumerate(renamed) if name is not None}
            types = [schema.field(place).type for place in places]
            cutter = Cutter(pa.schema(zip(places.values(), types, strict=True)), chunk_rows)
            wanted = _wanted(names, places)
            for batch in content.iter_batches(batch_size=chunk_rows, columns=wanted, use_threads=False):
                cutter.add(_renamed(batch, names, places))
                yield from cutter.full_chunks()
            yield from cutter.rest()
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise FileBrokenError(f"the Parquet file is damaged: {reason}; write it again") from error


def _wanted(names: list[str], places: dict[int, str]) -> list[str] | None:
    """Name the columns to read; all of them where a name alone does not say which one is meant."""
    if len(places) == len(names) or len({*names}) < len(names) or any("." in name for name in names):
        return None
    return [names[place] for place in places]


def _renamed(batch: pa.RecordBatch, names: list[str], places: dict[int, str]) -> pa.RecordBatch:
    whole = batch.num_columns == len(names)
    return pa.RecordBatch.from_arrays(
        [batch.column(place if whole else names[place]) for place in places], names=list(places.values())
    )


PARQUET = Format(
    name="Parquet",
    description="columns by name; values with their types",
    endings=(".parquet",),
    media_type="application/vnd.apache.parquet",
    check=_check,
    read=_read,
    has_types=True,
    may_be_packed=False,
)
