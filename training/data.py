"""Training data: found, read and checked by the same contract as every row that is predicted later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from training.datasets import BUNDLED
from training.errors import TrainingDataError
from usecases.checking.reasons import Reason
from usecases.checking.table_check import check_table
from usecases.contract.row_layout import TableRefusedError, canonical_columns, canonical_names
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError
from usecases.formats.data_files import read_data

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
        Good rows in the layout of :func:`usecases.contract.row_layout.row_schema`.
    targets
        The code of the class, or the number of a regression, per row.
    bad_rows
        Rows that were left out because they or their target are bad.
    places
        Where each good row stood in the table, from 0.
    others
        Columns of the table that the model does not see, for the same rows: one may tell a time or a group.
    is_received
        Whether the rows were predicted once, and stand in the order in which they were received.
    """

    rows: pa.RecordBatch
    targets: np.ndarray[Any, np.dtype[np.float64]]
    bad_rows: int
    places: np.ndarray[Any, np.dtype[np.int64]]
    others: pa.RecordBatch
    is_received: bool = False


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
    """Read a bundled data set, or a file of a use case's folder.

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
        return read_data(path)
    except FileBrokenError as error:
        raise TrainingDataError(f"training data {path.name} cannot be read: {error}") from error


def check_training_data(use_case: UseCase, table: pa.RecordBatch) -> TrainingData:
    """Select the good rows, and refuse the table if too many are bad or too few are left.

    Raises
    ------
    TrainingDataError
        Naming the most frequent reasons.
    """
    table, target = _without_target(use_case, table)
    task = use_case.task.definition
    targets = task.read_targets(use_case.classes, target, decimal_comma=use_case.target_decimal_comma)
    try:
        checked = check_table(use_case, canonical_columns(use_case, table))
    except TableRefusedError as error:
        raise TrainingDataError(f"the training data does not fit: {error}") from error
    kept = ~np.isnan(targets[checked.good_positions])
    bad_rows = table.num_rows - int(kept.sum())
    if table.num_rows and bad_rows / table.num_rows > use_case.quality.max_bad_share:
        raise TrainingDataError(
            f"{bad_rows:,} of {table.num_rows:,} rows are bad, the limit is {use_case.quality.max_bad_share:.0%}. "
            f"Most frequent: {_most_frequent(checked.bad.values(), int((~kept).sum()), use_case.target)}"
        )
    places = np.asarray(checked.good_positions, dtype=np.int64)[kept]
    data = TrainingData(
        rows=checked.good.filter(pa.array(kept)),
        targets=targets[places],
        bad_rows=bad_rows,
        places=places,
        others=_ignored(use_case, table).take(pa.array(places)),
    )
    _require_enough(use_case, data)
    return data


def _without_target(use_case: UseCase, table: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.Array]:
    """Split the target from a table, whichever of its two names it has there."""
    wanted = {use_case.target, use_case.target_source_name} - {""}
    found = [name for name in table.schema.names if name.strip() in wanted]
    if len(found) != 1:
        named = " or ".join(repr(name) for name in sorted(wanted))
        raise TrainingDataError(
            f"the training data needs one column {named}, the target; it has {', '.join(table.schema.names)}"
        )
    return table.drop_columns(found), table.column(found[0])


def _ignored(use_case: UseCase, table: pa.RecordBatch) -> pa.RecordBatch:
    """Return the columns that are no features, under the names they have."""
    names = canonical_names(use_case, table.schema.names)
    return table.select([place for place, name in enumerate(names) if name is None])


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
