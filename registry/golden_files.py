"""A golden batch from a file of rows with their scores, as a notebook may write it in any format."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from registry.golden import GoldenBatchError, canonical_score_names, rows_as_json, score_names
from usecases.checking.table_check import check_table
from usecases.contract.row_layout import TableRefusedError, canonical_columns
from usecases.contract.spec import UseCase


def golden_of_table(use_case: UseCase, table: pa.RecordBatch) -> dict[str, Any]:
    """Return the golden batch that a table holds.

    Parameters
    ----------
    use_case
        Whose rows they are.
    table
        Rows as they will arrive, and beside their features the scores that the notebook gave: a column for each class,
        called as the data writes the class, of two classes the second at least; a number in the column `prediction`.
        What came true may stand there too.

    Raises
    ------
    GoldenBatchError
        If rows are bad, or scores are missing.
    """
    features = {*use_case.columns, *use_case.names_by_source}
    others = [name for name in table.schema.names if name.strip() not in features]
    named = dict(zip(others, canonical_score_names(use_case, [name.strip() for name in others]), strict=True))
    scores = {own: _numbers(name, table.column(name)) for name, own in named.items() if own is not None}
    if lacking := [name for name in score_names(use_case) if name not in scores]:
        raise GoldenBatchError(
            f"the file has no column of scores called {', '.join(lacking)}: what the model gave each row where it was trained"
        )
    truth = {use_case.target, use_case.target_source_name}
    beside = [name for name, own in named.items() if own is not None or name.strip() in truth]
    try:
        checked = check_table(use_case, canonical_columns(use_case, table.drop_columns(beside)))
    except TableRefusedError as error:
        raise GoldenBatchError(f"the columns are not those of {use_case.name}: {error}") from error
    for place, reasons in checked.bad.items():
        raise GoldenBatchError(
            f"row {place + 1} is no row of {use_case.name}: {reasons[0].message}; write rows as they will arrive, before "
            "anything is encoded"
        )
    return {"rows": rows_as_json(checked.good), "scores": scores}


def _numbers(name: str, column: pa.Array) -> list[float]:
    try:
        found: list[float] = column.cast(pa.float64()).to_pylist()
    except pa.ArrowInvalid as error:
        raise GoldenBatchError(f"the column {name} holds something else than scores: {error}") from error
    return found
