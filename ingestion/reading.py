"""Reading a file in whatever format it is."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from ingestion.chunks import Chunk
from ingestion.csv_files import read_csv
from ingestion.formats import Format, Kind
from ingestion.json_lines import read_json_lines
from ingestion.parquet_files import read_parquet
from usecases.spec import UseCase


def read_chunks(use_case: UseCase, path: Path, found: Format, chunk_rows: int) -> Generator[Chunk]:
    """Read a file chunk by chunk.

    Raises
    ------
    usecases.table_check.TableRefusedError
        If the columns are not those of the use case.
    ingestion.chunks.FileBrokenError
        If the file cannot be read any further.
    """
    match found.kind:
        case Kind.CSV:
            yield from read_csv(use_case, path, chunk_rows, gzip=found.gzip)
        case Kind.PARQUET:
            yield from read_parquet(use_case, path, chunk_rows)
        case Kind.JSON_LINES:
            yield from read_json_lines(path, chunk_rows, gzip=found.gzip)
