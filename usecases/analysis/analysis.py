"""The analysis of a data set: every column, how columns go together, and what a person should look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from usecases.analysis.association import Association, as_numbers, association
from usecases.analysis.columns import ColumnSummary, summarize
from usecases.contract.spec import UseCase
from usecases.proposal.choices import Choices
from usecases.proposal.columns import Kind, Values, read_values
from usecases.proposal.findings import Finding
from usecases.proposal.infer import infer

MOST_ROWS = 100_000
"""Rows from which relations are measured; of more, as many are drawn."""

ALIKE_FROM = 0.95
"""Rank correlation from which on two columns are said to tell the same."""

_MOST_COMPARED = 200
"""Columns of numbers that are compared with one another; the work grows with the square."""

_MOST_PAIRS = 50
_SEED = 7

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class AlikePair:
    """Two columns of numbers that rise, or one rises and one falls, together."""

    first: str
    second: str
    spearman: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What there is to know about a data set.

    Attributes
    ----------
    name
        Name of the file.
    rows, repeated
        Rows, and those that are the same as an earlier one in every column.
    rows_related
        Rows from which relations were measured.
    target
        The column to predict; empty where nobody said which it is.
    columns
        Every column in figures, in the order of the data.
    related
        How each goes together with the target, by its name.
    alike
        Pairs of columns that tell the same, the closest first.
    findings
        What a person should look at; empty without a target.
    use_case
        As it would be inferred; none without a target.
    """

    name: str
    rows: int
    repeated: int
    rows_related: int
    target: str
    columns: tuple[ColumnSummary, ...]
    related: dict[str, Association]
    alike: tuple[AlikePair, ...]
    findings: tuple[Finding, ...] = ()
    use_case: UseCase | None = None


def analyze(
    table: pa.RecordBatch, name: str, choices: Choices | None = None, progress: Callable[[float], None] = lambda _: None
) -> Analysis:
    """Analyze a data set.

    Parameters
    ----------
    table
        All rows; cells of a CSV as texts.
    name
        Name of the file.
    choices
        The target, and what else a person decided; without them there are no findings and no relations to a target.
    progress
        Hears the share that is done, 0 to 1.

    Raises
    ------
    usecases.proposal.findings.CannotInferError
        If no use case can be made of the data with these choices.
    """
    names = [header.strip() for header in table.schema.names]
    inferred = None if choices is None else infer(table, choices, file_name=name, data=name)
    drawn = _drawn(table.num_rows)
    target = _target(table, names, inferred.use_case) if inferred is not None else None
    columns: list[ColumnSummary] = []
    related: dict[str, Association] = {}
    numbers: dict[str, Floats] = {}
    for place, column in enumerate(names):
        values = read_values(table.column(place))
        columns.append(summarize(column, values))
        few = Values(values.kind, values.typed.take(pa.array(drawn)), values.missing)
        if target is not None and inferred is not None and place != target[0]:
            found = association(few, target[1][drawn], classes=bool(inferred.use_case.classes))
            if found is not None:
                related[column] = found
        if values.kind in {Kind.FLOAT, Kind.INTEGER} and len(numbers) < _MOST_COMPARED:
            numbers[column] = as_numbers(few)
        progress((place + 1) / len(names))
    return Analysis(
        name=name,
        rows=table.num_rows,
        repeated=_repeated(table),
        rows_related=len(drawn),
        target="" if target is None else names[target[0]],
        columns=tuple(columns),
        related=related,
        alike=_alike(numbers),
        findings=() if inferred is None else inferred.findings,
        use_case=None if inferred is None else inferred.use_case,
    )


def _drawn(rows: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    if rows <= MOST_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(_SEED).choice(rows, MOST_ROWS, replace=False))


def _target(table: pa.RecordBatch, names: list[str], use_case: UseCase) -> tuple[int, Floats]:
    """Return the place of the target and its values as numbers."""
    place = names.index(use_case.target_source_name or use_case.target)
    found = use_case.task.definition.read_targets(use_case.target_spelling, table.column(place))
    return place, found.numbers


def _repeated(table: pa.RecordBatch) -> int:
    names = [str(place) for place in range(table.num_columns)]
    try:
        different = pa.Table.from_arrays(table.columns, names=names).group_by(names).aggregate([]).num_rows
    except pa.ArrowException:  # of lists and structures
        return 0
    return int(table.num_rows - different)


def _alike(numbers: dict[str, Floats]) -> tuple[AlikePair, ...]:
    names = list(numbers)
    correlations = pd.DataFrame(numbers).rank().corr().to_numpy()
    rows, columns = np.nonzero(np.triu(np.abs(np.nan_to_num(correlations)) >= ALIKE_FROM, k=1))
    pairs = [AlikePair(names[a], names[b], float(correlations[a, b])) for a, b in zip(rows, columns, strict=True)]
    return tuple(sorted(pairs, key=lambda pair: -abs(pair.spearman))[:_MOST_PAIRS])
