"""Training data: found, read and checked by the same contract as every row that is predicted later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from training.datasets import BUNDLED
from training.errors import TrainingDataError
from usecases.reasons import Reason
from usecases.spec import UseCase
from usecases.table_check import TableRefusedError, check_table
from usecases.targets import encode_targets

MIN_ROWS = 50
"""With fewer rows, what is kept apart for evaluation says nothing."""

MIN_ROWS_PER_CLASS = 10
"""So that a class is found in training, validation and holdout alike."""

_BUNDLED = "bundled:"


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Checked rows with their targets.

    Attributes
    ----------
    rows
        Good rows in the layout of :func:`usecases.rows.row_schema`.
    targets
        The code of the class, or the number of a regression, per row.
    bad_rows
        Rows that were left out because they or their target are bad.
    """

    rows: pa.RecordBatch
    targets: np.ndarray[Any, np.dtype[np.float64]]
    bad_rows: int


def load_training_data(use_case: UseCase, folder: Path) -> TrainingData:
    """Find, read and check the training data of a use case.

    Parameters
    ----------
    use_case
        Says where the data is and what a good row is.
    folder
        Folder of its usecase.yaml, where its files are looked for.

    Raises
    ------
    TrainingDataError
        If the data is missing, unreadable, too bad or too little.
    """
    return check_training_data(use_case, read_table(use_case.training.data, folder))


def read_table(source: str, folder: Path) -> pa.RecordBatch:
    """Read a bundled data set, or a CSV or Parquet file of a use case's folder.

    Raises
    ------
    TrainingDataError
        If there is no such data or it cannot be read.
    """
    if source.startswith(_BUNDLED):
        name = source.removeprefix(_BUNDLED)
        if name not in BUNDLED:
            raise TrainingDataError(f"no data set {name!r} comes along; there are {', '.join(BUNDLED)}")
        return pa.RecordBatch.from_pandas(BUNDLED[name](), preserve_index=False)
    path = (folder / source).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise TrainingDataError(f"{source} leads out of the folder of the use case; put the file beside usecase.yaml")
    try:
        table = pa.parquet.read_table(path) if path.suffix == ".parquet" else _read_csv(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise TrainingDataError(f"training data {path.name} cannot be read: {error}") from error
    return table.combine_chunks().to_batches()[0] if table.num_rows else _no_rows(table.schema)


def check_training_data(use_case: UseCase, table: pa.RecordBatch) -> TrainingData:
    """Keep the good rows, and refuse the table if too many are bad or too few are left.

    Raises
    ------
    TrainingDataError
        Naming the most frequent reasons.
    """
    if table.schema.names.count(use_case.target) != 1:
        raise TrainingDataError(
            f"the training data needs one column {use_case.target!r}, the target; it has {', '.join(table.schema.names)}"
        )
    targets = encode_targets(use_case, table.column(use_case.target))
    try:
        checked = check_table(use_case, table.drop_columns([use_case.target]))
    except TableRefusedError as error:
        raise TrainingDataError(f"the training data does not fit: {error}") from error
    kept = ~np.isnan(targets[checked.good_positions])
    bad_rows = table.num_rows - int(kept.sum())
    if table.num_rows and bad_rows / table.num_rows > use_case.quality.max_bad_share:
        raise TrainingDataError(
            f"{bad_rows:,} of {table.num_rows:,} rows are bad, the limit is {use_case.quality.max_bad_share:.0%}. "
            f"Most frequent: {_most_frequent(checked.bad.values(), int((~kept).sum()), use_case.target)}"
        )
    data = TrainingData(checked.good.filter(pa.array(kept)), targets[checked.good_positions][kept], bad_rows)
    _require_enough(use_case, data)
    return data


def _read_csv(path: Path) -> pa.Table:
    """Read every cell as text; the contract, not the reader, decides what is a number."""
    with pa.csv.open_csv(path) as reader:
        names = reader.schema.names
    return pa.csv.read_csv(path, convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())))


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


def _require_enough(use_case: UseCase, data: TrainingData) -> None:
    if data.rows.num_rows < MIN_ROWS:
        raise TrainingDataError(
            f"{data.rows.num_rows} good rows are too few to learn from; at least {MIN_ROWS} are needed"
        )
    for code, name in enumerate(use_case.classes):
        found = int((data.targets == code).sum())
        if found < MIN_ROWS_PER_CLASS:
            raise TrainingDataError(
                f"class {name!r} has {found} good rows; at least {MIN_ROWS_PER_CLASS} are needed to learn and to evaluate"
            )


def _most_frequent(bad: Iterable[list[Reason]], bad_targets: int, target: str) -> str:
    found = Counter(f"{reason.column or 'row'} {reason.rule}" for reasons in bad for reason in reasons)
    if bad_targets:
        found[f"{target} missing or unknown"] = bad_targets
    return ", ".join(f"{what} ({count:,})" for what, count in found.most_common(3))
