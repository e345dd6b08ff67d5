"""Reading Parquet, row group by row group."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.chunks import Cutter, FileBrokenError, TableChunk
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
            names = file.schema_arrow.names
            require_columns(use_case, names)
            cutter = Cutter(file.schema_arrow, chunk_rows)
            for batch in file.iter_batches(batch_size=chunk_rows, use_threads=False):
                cutter.add(batch)
                yield from cutter.full_chunks()
            yield from cutter.rest()
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise FileBrokenError(f"the Parquet file is damaged: {reason}; write it again") from error
