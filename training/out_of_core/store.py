"""Checked rows on disk, from where they are learned from block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
from typing_extensions import override

from usecases.contract.row_layout import row_schema
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.runtime import ExampleBlocks, Examples

WRITTEN_ROWS = 500_000
"""Rows of a block on disk: a library that reads it again and again has few of them to read."""


@dataclass(frozen=True, slots=True)
class StoredExamples(ExampleBlocks):
    """Rows of a file that :class:`ExampleWriter` wrote; the last column is the target."""

    path: Path

    @override
    def blocks(self) -> Iterator[Examples]:
        # Read, and not mapped: pages of a map count as memory of the process.
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_file(file) as content:
            for number in range(content.num_record_batches):
                batch = content.get_batch(number)
                rows = batch.select(range(batch.num_columns - 1))
                yield Examples(rows, batch.column(batch.num_columns - 1).to_numpy())


class ExampleWriter:
    """Writes rows with their targets to a file. Use as a context manager.

    Parameters
    ----------
    use_case
        Whose rows; their key is not kept.
    path
        The file.

    Attributes
    ----------
    rows
        Rows so far.
    """

    def __init__(self, use_case: UseCase, path: Path) -> None:
        self.rows = 0
        self._names = [feature.name for feature in use_case.features]
        schema = row_schema(use_case)
        fields = [schema.field(name).remove_metadata() for name in self._names]
        self._schema = pa.schema([*fields, pa.field("", pa.float64())])
        self._file = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_file(self._file, self._schema)
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._write()
        finally:
            self._writer.close()
            self._file.close()

    def add(self, rows: pa.RecordBatch, targets: Floats) -> None:
        """Write rows, once there are enough of them for a block."""
        if not rows.num_rows:
            return
        columns = [*(rows.column(name) for name in self._names), pa.array(np.ascontiguousarray(targets))]
        self._waiting.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        self._waiting_rows += rows.num_rows
        self.rows += rows.num_rows
        if self._waiting_rows >= WRITTEN_ROWS:
            self._write()

    def _write(self) -> None:
        if self._waiting:
            self._writer.write_batch(pa.concat_batches(self._waiting))
        self._waiting, self._waiting_rows = [], 0
