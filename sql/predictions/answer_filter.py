"""Which predictions are looked for by what was answered: by class, and by score or number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause

from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFilter:
    """Which answers are meant; what is None or empty is not filtered by.

    Attributes
    ----------
    classes
        Predicted as one of these.
    least, most
        With a score, or a predicted number, from this to that.
    """

    classes: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    def answer_conditions(self, use_case: UseCase, table: FromClause) -> list[ColumnElement[bool]]:
        """Return the conditions that every row has to be tested for.

        Parameters
        ----------
        use_case
            What was predicted.
        table
            Its table of predictions, or a query that has its columns.
        """
        value = value_column(use_case, table)
        conditions: list[ColumnElement[bool]] = []
        if self.classes:
            conditions.append(table.c.prediction.in_(self.classes))
        if self.least is not None:
            conditions.append(value >= self.least)
        if self.most is not None:
            conditions.append(value <= self.most)
        return conditions


def value_column(use_case: UseCase, table: FromClause) -> ColumnElement[Any]:
    """Return the column with the score of each row, or with the number that was predicted where there are no classes."""
    column: ColumnElement[Any] = table.c.score if use_case.classes else table.c.prediction
    return column
