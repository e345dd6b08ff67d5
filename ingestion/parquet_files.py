"""Reading Parquet, row group by row group."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.chunks import Cutter, FileBrokenError, TableChunk
from usecases.source_names import canonical_columns
from usecases.spec import UseCase
from usecases.table_check import require_columns


def read_parquet(use_case: UseCase, path: Path, chunk_rows: int) -> Iterator[TableChunk]:
    """Read a Parquet file chunk by chunk.

    Raises
    ------
    usecases.table_check.TableRefusedError
        If the columns are not those of the use case.
    FileBrokenError
        If the file cannot be read any further.
    """
    try:
        with pq.ParquetFile(path) as file:
            nothing = canonical_columns(use_case, _no_rows(file.schema_arrow))
            require_columns(use_case, nothing.schema.names)
            cutter = Cutter(nothing.schema, chunk_rows)
            for batch in file.iter_batches(batch_size=chunk_rows, use_threads=False):
                cutter.add(canonical_columns(use_case, batch))
                yield from cutter.full_chunks()
            yield from cutter.rest()
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise FileBrokenError(f"the Parquet file is damaged: {reason}; write it again") from error


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)
