"""Training data: found, read and checked by the same contract as every row that is predicted later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Engine

from training.datasets import BUNDLED
from training.errors import TrainingDataError
from training.left_out import LeftOut
from training.observations.examples import checked_observations, draw_examples, stored_observations
from training.observations.joined_features import with_joined_features
from usecases.checking.table_check import check_table
from usecases.contract.file_columns import spelling
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import Observations
from usecases.formats.chunks import FileBrokenError
from usecases.formats.data_files import read_data
from usecases.formats.format import Noted
from usecases.formats.reading import columns_of_file
from usecases.mappings.reading import in_plain_notation
from usecases.metrics.inputs import Floats

MIN_ROWS = 50
"""With fewer rows, what is kept apart for evaluation says nothing."""

MIN_ROWS_PER_CLASS = 10
"""So that a class is found in training, validation and holdout alike."""

ORIGIN, SETTLED = "origin", "settled"
"""Columns beside the rows of a forecast: when it is made, and when what came true was known as it is known now."""

Counts = np.ndarray[Any, np.dtype[np.int64]]

_BUNDLED, _BY = "bundled:", "training.notations in usecase.yaml; correct the file, or that"


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
        Rows that were left out: bad ones, and those whose target is missing, no class, or of a class that is left out.
    places
        Where each good row stood in the table, from 0.
    others
        Columns of the table that the model does not see, for the same rows: one may tell a time or a group.
    is_received
        Whether the rows were predicted once, and stand in the order in which they were received.
    left_out
        Which rows, and what of a file, were left out and why, in words.
    """

    rows: pa.RecordBatch
    targets: np.ndarray[Any, np.dtype[np.float64]]
    bad_rows: int
    places: np.ndarray[Any, np.dtype[np.int64]]
    others: pa.RecordBatch
    is_received: bool = False
    left_out: tuple[str, ...] = ()


def load_training_data(use_case: UseCase, folder: Path, engine: Engine | None = None) -> TrainingData:
    """Find, read and check the training data of a use case.

    Parameters
    ----------
    use_case, folder
        Says where the data is and what a good row is, and where its files are looked for.
    engine
        The database, for what is learned from stored observations.

    Raises
    ------
    TrainingDataError
        If the data is missing, unreadable, too bad or too little.
    """
    heard: list[str] = []
    if use_case.forecast is not None:
        observations, told = load_observations(use_case, folder, engine, heard.append)
        data = replace(forecast_data(use_case, observations), bad_rows=len(observations.bad), left_out=told)
    else:
        table = read_table(str(use_case.training.data), folder, heard.append)
        data = check_training_data(use_case, with_joined_features(use_case, table, engine, heard.append))
    return replace(data, left_out=(*(text for text in heard if not isinstance(text, Noted)), *data.left_out))


def load_observations(
    use_case: UseCase, folder: Path, engine: Engine | None, told: Callable[[str], None] = lambda _: None
) -> tuple[Observations, tuple[str, ...]]:
    """Read the observations of a forecast: those of its file, or those that are stored where it names none.

    Parameters
    ----------
    use_case, folder
        The forecast, and where its file is.
    engine
        The database.
    told
        Hears what of a file is not read, in words.

    Returns
    -------
    tuple
        The observations, and what was left out or is missing, in words.

    Raises
    ------
    TrainingDataError
        If there are none, or they are too bad.
    """
    if use_case.training.data is not None:
        return checked_observations(use_case, read_table(use_case.training.data, folder, told))
    if engine is None:
        raise TrainingDataError(
            f"{use_case.name} names no file under training.data, and no database is named here whose observations could be "
            "read: set SMARTPREDICT_DATABASE_URL"
        )
    return stored_observations(engine, use_case)


def forecast_data(use_case: UseCase, found: Observations) -> TrainingData:
    """Draw the rows of a forecast from its observations; :data:`ORIGIN` and :data:`SETTLED` stand beside them.

    Raises
    ------
    TrainingDataError
        If there are too few.
    """
    drawn = draw_examples(use_case, found)
    times = [pa.array(moments, pa.timestamp("us", "UTC")) for moments in (drawn.origins, drawn.settled)]
    data = TrainingData(
        rows=drawn.rows,
        targets=drawn.targets,
        bad_rows=0,
        places=np.arange(drawn.rows.num_rows),
        others=pa.RecordBatch.from_arrays(times, names=[ORIGIN, SETTLED]),
    )
    require_enough(use_case, target_counts(use_case, data.targets))
    return data


def read_table(source: str, folder: Path, told: Callable[[str], None] = lambda _: None) -> pa.RecordBatch:
    """Read a bundled data set, or a file of a use case's folder.

    Parameters
    ----------
    source, folder
        What the use case names, and where its files are.
    told
        Hears what of a file is not read, in words.

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
    path = data_path(source, folder)
    try:
        return read_data(path, told)
    except FileBrokenError as error:
        raise TrainingDataError(f"training data {path.name} cannot be read: {error}") from error


def data_path(source: str, folder: Path) -> Path:
    """Return where the data of a use case lies.

    Raises
    ------
    TrainingDataError
        If that is outside of its folder.
    """
    path = (folder / source).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise TrainingDataError(f"{source} leads out of the folder of the use case; put the file beside usecase.yaml")
    return path


def check_training_data(use_case: UseCase, table: pa.RecordBatch) -> TrainingData:
    """Select the good rows, and refuse the table if too many are bad or too few are left.

    Raises
    ------
    TrainingDataError
        Naming the most frequent reasons.
    """
    left_out = LeftOut(use_case)
    data = replace(check_block(use_case, table, left_out), left_out=left_out.words)
    left_out.require_few_bad()
    require_enough(use_case, target_counts(use_case, data.targets), data.left_out)
    return data


def check_block(use_case: UseCase, table: pa.RecordBatch, left_out: LeftOut, rows_before: int = 0) -> TrainingData:
    """Select the good rows of a block of a table, and count those that are left out.

    Parameters
    ----------
    use_case, table
        The contract, and rows with their target.
    left_out
        Counts what is left out of all blocks.
    rows_before
        Rows of the table before these.

    Raises
    ------
    TrainingDataError
        If its columns are not those of the use case.
    """
    table, target = _without_target(use_case, table)
    targets = use_case.task.definition.read_targets(use_case.target_spelling, target)
    try:
        names = columns_of_file(use_case, table.schema.names)
        known = {place: name for place, name in enumerate(names) if name is not None}
        own = table.select([*known]).rename_columns([*known.values()])
        own = in_plain_notation(use_case, own, use_case.training.notations, _BY, lambda place: rows_before + place + 1)
        checked = check_table(use_case, own)
    except TableRefusedError as error:
        raise TrainingDataError(f"the training data does not fit: {error}") from error
    left_out.add(target, targets, checked.bad, rows_before=rows_before)
    kept = ~np.isnan(targets.numbers[checked.good_positions])
    places = np.asarray(checked.good_positions, dtype=np.int64)[kept]
    return TrainingData(
        rows=checked.good.filter(pa.array(kept)),
        targets=targets.numbers[places],
        bad_rows=table.num_rows - len(places),
        places=places + rows_before,
        others=table.select([place for place, name in enumerate(names) if name is None]).take(pa.array(places)),
    )


def target_counts(use_case: UseCase, targets: Floats) -> Counts:
    """Count the rows of each class; the rows in all where numbers are learned.

    >>> from usecases.contract.catalog import load_catalog
    >>> target_counts(load_catalog()["iris"], np.array([0.0, 2.0, 2.0])).tolist()
    [1, 0, 2]
    """
    classes = len(use_case.classes)
    return np.bincount(targets.astype(np.int64), minlength=classes) if classes else np.array([len(targets)])


def require_enough(use_case: UseCase, counts: Counts, left_out: Sequence[str] = ()) -> None:
    """Raise where rows, or those of a class, are too few.

    Parameters
    ----------
    use_case, counts
        Whose rows, and how many there are as :func:`target_counts` counts them.
    left_out
        What was left out, in words.

    Raises
    ------
    TrainingDataError
        If there are too few.
    """
    told = f". Left out: {'; '.join(left_out)}" if left_out else ""
    if counts.sum() < MIN_ROWS:
        raise TrainingDataError(
            f"{counts.sum()} good rows are too few to learn from; at least {MIN_ROWS} are needed{told}"
        )
    for name, found in zip(use_case.classes, counts.tolist(), strict=False):
        if found < MIN_ROWS_PER_CLASS:
            raise TrainingDataError(
                f"class {name!r} has {found} good rows; at least {MIN_ROWS_PER_CLASS} are needed to learn and to evaluate"
                f"{told}"
            )


def _without_target(use_case: UseCase, table: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.Array]:
    """Split the target from a table, whichever of its two names it has there."""
    wanted = {use_case.target, use_case.target_source_name} - {""}
    found = [name for name in table.schema.names if name.strip() in wanted]
    found = found or [name for name in table.schema.names if spelling(name) in {*map(spelling, wanted)}]
    if len(found) != 1:
        named = " or ".join(repr(name) for name in sorted(wanted))
        raise TrainingDataError(
            f"the training data needs one column {named}, the target; it has {', '.join(table.schema.names)}"
        )
    return table.drop_columns(found), table.column(found[0])
