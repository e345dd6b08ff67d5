"""Which predictions of a batch are looked for, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause

from sql.predictions.tables import prediction_table
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True)
class BatchRange:
    """The ids of a batch."""

    batch_id: UUID
    first_id: UUID
    last_id: UUID


class RowOrder(StrEnum):
    """How the predictions of a batch follow each other."""

    ROW = "row"
    """As the rows do."""
    LOWEST = "lowest"
    """By the score, or the predicted number, the lowest first."""
    HIGHEST = "highest"
    """The highest first."""


@dataclass(frozen=True, slots=True)
class PlaceInBatch:
    """Where a page ended: the last row, and its score or predicted number."""

    id: UUID
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsOfBatch:
    """Which predictions of a batch are meant, and their order; what is None or empty is not filtered by.

    Attributes
    ----------
    classes
        Predicted as one of these.
    least, most
        With a score, or a predicted number, from this to that.
    order
        How they follow each other.
    """

    classes: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    order: RowOrder = RowOrder.ROW

    def conditions(self, use_case: UseCase) -> list[ColumnElement[bool]]:
        """Return the conditions that every row has to be tested for."""
        table = prediction_table(use_case)
        value = value_column(use_case, table)
        conditions: list[ColumnElement[bool]] = []
        if self.classes:
            conditions.append(table.c.prediction.in_(self.classes))
        if self.least is not None:
            conditions.append(value >= self.least)
        if self.most is not None:
            conditions.append(value <= self.most)
        return conditions


ALL_ROWS = RowsOfBatch()


def value_column(use_case: UseCase, table: FromClause) -> ColumnElement[Any]:
    """Return the column with the score of each row, or with the number that was predicted where there are no classes."""
    column: ColumnElement[Any] = table.c.score if use_case.classes else table.c.prediction
    return column
