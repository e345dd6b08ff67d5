"""The analysis of a data set: every column, how columns go together, and what a person should look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from usecases.analysis.association import Association, as_numbers, association
from usecases.analysis.columns import ColumnSummary, summarize
from usecases.columns.written import written_as
from usecases.contract.spec import UseCase
from usecases.proposal.choices import Choices
from usecases.proposal.columns import Kind, Values, read_values
from usecases.proposal.findings import Finding
from usecases.proposal.infer import infer
from usecases.proposal.number_texts import names_in_the_file

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


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be predicted.

    Attributes
    ----------
    column
        Name of its column.
    numbers
        Codes of the classes, or the numbers themselves, row by row; NaN where one is not known.
    task, classes
        As the use case has them.
    """

    column: str
    numbers: Floats
    task: str
    classes: tuple[str, ...]

    @classmethod
    def of(cls, use_case: UseCase, column: str, numbers: Floats) -> Self:
        """Return the answer of a use case."""
        return cls(column, numbers, use_case.task.value, use_case.classes)


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
    answer
        What is to be predicted; none where nobody said so.
    columns
        Every column in figures, in the order of the data.
    related
        How each goes together with the target, by its name.
    alike
        Pairs of columns that tell the same, the closest first.
    findings
        What a person should look at; empty where nobody looked.
    """

    name: str
    rows: int
    repeated: int
    rows_related: int
    answer: Answer | None
    columns: tuple[ColumnSummary, ...]
    related: dict[str, Association]
    alike: tuple[AlikePair, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def target(self) -> str:
        """The column to predict; empty where nobody said which it is."""
        return "" if self.answer is None else self.answer.column


def infer_and_analyze(
    table: pa.RecordBatch,
    name: str,
    choices: Choices,
    left_out: Sequence[str] = (),
    progress: Callable[[float], None] = lambda _: None,
) -> Analysis:
    """Analyze a data set of which a person said what is to be predicted; parameters as of :func:`analyze` and `infer`.

    Raises
    ------
    usecases.proposal.findings.CannotInferError
        If no use case can be made of the data with these choices.
    """
    inferred = infer(table, choices, file_name=name, data=name, left_out=left_out)
    use_case = inferred.use_case
    source = use_case.target_source_name or use_case.target
    column = table.column([header.strip() for header in table.schema.names].index(source))
    numbers = use_case.task.definition.read_targets(use_case.target_spelling, column).numbers
    return analyze(table, name, Answer.of(use_case, source, numbers), inferred.findings, progress)


def analyze(
    table: pa.RecordBatch,
    name: str,
    answer: Answer | None = None,
    findings: Sequence[Finding] = (),
    progress: Callable[[float], None] = lambda _: None,
) -> Analysis:
    """Analyze a data set.

    Parameters
    ----------
    table
        All rows; cells of a CSV as texts.
    name
        Name of the data.
    answer
        What is to be predicted; without it there are no relations to a target.
    findings
        What was found in the data, to be told with it.
    progress
        Hears the share that is done, 0 to 1.
    """
    names = [header.strip() for header in table.schema.names]
    drawn = _drawn(table.num_rows)
    columns: list[ColumnSummary] = []
    related: dict[str, Association] = {}
    numbers: dict[str, Floats] = {}
    for place, column in enumerate(names):
        values = _values(table, place)
        columns.append(summarize(column, values))
        few = Values(values.kind, values.typed.take(pa.array(drawn)), values.missing)
        if answer is not None and column != answer.column:
            found = association(few, answer.numbers[drawn], classes=bool(answer.classes))
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
        answer=answer,
        columns=tuple(columns),
        related=related,
        alike=_alike(numbers),
        findings=tuple(findings),
    )


def _values(table: pa.RecordBatch, place: int) -> Values:
    column = table.column(place)
    values = read_values(column)
    return names_in_the_file(column, written_as(table.schema.field(place)), values) or values


def _drawn(rows: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    if rows <= MOST_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(_SEED).choice(rows, MOST_ROWS, replace=False))


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
