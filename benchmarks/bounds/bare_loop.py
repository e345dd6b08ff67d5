"""The bound of jobs: read Parquet, score, write Parquet, and nothing else; a process for each share of the row groups.

python -m benchmarks.bounds.bare_loop MODEL INPUT OUTPUT NUMBER OF
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xgboost

from usecases.contract.catalog import load_catalog

BATCH_ROWS = 100_000
"""As many rows at once as a worker takes."""


def main() -> None:
    """Score every OFth row group, from NUMBER on."""
    model, given, output = map(Path, sys.argv[1:4])
    number, of = map(int, sys.argv[4:])
    features = [feature.name for feature in load_catalog()["equipment_failure"].features]
    booster = xgboost.Booster(model_file=model)
    booster.set_param({"nthread": 1})
    with pq.ParquetFile(given) as file, pq.ParquetWriter(output / f"{number}.parquet", _SCHEMA) as writer:
        groups = range(number, file.num_row_groups, of)
        for batch in file.iter_batches(BATCH_ROWS, row_groups=list(groups), use_threads=False):
            matrix = np.column_stack([_numbers(batch.column(name)) for name in features])
            scores = booster.inplace_predict(matrix)
            writer.write_batch(
                pa.record_batch([batch.column("machine_id"), pa.array(scores, pa.float32())], schema=_SCHEMA)
            )


_SCHEMA = pa.schema([("machine_id", pa.string()), ("score", pa.float32())])


def _numbers(column: pa.Array) -> np.ndarray[Any, np.dtype[np.float32]]:
    numbers = column.dictionary_encode().indices if pa.types.is_string(column.type) else column
    found: np.ndarray[Any, np.dtype[np.float32]] = numbers.to_numpy(zero_copy_only=False).astype(np.float32)
    return found


if __name__ == "__main__":
    main()
