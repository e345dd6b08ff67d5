"""Predictions of a batch: page by page, in an order of choice, or counted; its ids are a range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, RowMapping, func, literal, or_, select, tuple_

from sql.base.reading import plan_without, reading
from sql.predictions.answer_filter import AnswerFilter, value_column
from sql.predictions.tables import prediction_table
from usecases.contract.spec import UseCase
from usecases.tasks.definition import PREDICTION_COLUMNS

_OF_A_ROW = ("id", "batch_id", "row_number", "model_version")


@dataclass(frozen=True, slots=True)
class BatchRange:
    """The ids of a batch."""

    batch_id: UUID
    first_id: UUID
    last_id: UUID

    def conditions(self, use_case: UseCase) -> list[ColumnElement[bool]]:
        """Return the conditions that hold for its rows alone; the primary key answers them."""
        table = prediction_table(use_case)
        return [table.c.id.between(self.first_id, self.last_id), table.c.batch_id == self.batch_id]


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
class RowsOfBatch(AnswerFilter):
    """Which predictions of a batch are meant, and their order.

    Attributes
    ----------
    order
        How they follow each other.
    """

    order: RowOrder = RowOrder.ROW

    def conditions(self, use_case: UseCase, batch: BatchRange) -> list[ColumnElement[bool]]:
        """Return the conditions that hold for these rows of a batch alone."""
        return [*batch.conditions(use_case), *self.answer_conditions(use_case, prediction_table(use_case))]


ALL_ROWS = RowsOfBatch()


def batch_predictions(
    engine: Engine,
    use_case: UseCase,
    batch: BatchRange,
    rows: RowsOfBatch = ALL_ROWS,
    *,
    after: PlaceInBatch | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Read a page of a batch's predictions; the next page is what comes after the place of its last row."""
    table = prediction_table(use_case)
    value = value_column(use_case, table)
    query = select(table).where(*rows.conditions(use_case, batch)).limit(limit)
    match rows.order:
        case RowOrder.ROW:
            query = query.order_by(table.c.id)
            follows = None if after is None else table.c.id > after.id
        case RowOrder.LOWEST:
            query = query.order_by(value, table.c.id)
            follows = None if after is None else tuple_(value, table.c.id) > (after.value, after.id)
        case RowOrder.HIGHEST:
            query = query.order_by(value.desc(), table.c.id.desc())
            follows = None if after is None else tuple_(value, table.c.id) < (after.value, after.id)
    if follows is not None:
        query = query.where(follows)
    with reading(engine) as connection:
        if rows.order is RowOrder.ROW:
            # The planner takes few rows between two ids to be of one batch, and would read all of them to sort those.
            plan_without(connection, "bitmapscan", "sort")
        return connection.execute(query).mappings().all()


def count_of_batch(
    engine: Engine, use_case: UseCase, batch: BatchRange, rows: RowsOfBatch = ALL_ROWS
) -> Mapping[str, int]:
    """Count the predictions of a batch by class, in the order of the classes; those of numbers under an empty name."""
    table = prediction_table(use_case)
    name = table.c.prediction if use_case.classes else literal("")
    query = select(name, func.count()).where(*rows.conditions(use_case, batch)).group_by(name)
    with reading(engine) as connection:
        found = {row[0]: row[1] for row in connection.execute(query)}
    return {name: found[name] for name in (*use_case.classes, "") if name in found}


def answers_of_batches(engine: Engine, use_case: UseCase, found: Sequence[BatchRange]) -> Sequence[RowMapping]:
    """Read what was predicted for rows of some batches: of each row its batch and number, and the answer."""
    table = prediction_table(use_case)
    wanted = [table.c[name] for name in (*_OF_A_ROW, *PREDICTION_COLUMNS) if name in table.c]
    alone = [ids.first_id for ids in found if ids.first_id == ids.last_id]
    ranges = [table.c.id.between(ids.first_id, ids.last_id) for ids in found if ids.first_id != ids.last_id]
    query = select(*wanted).where(or_(table.c.id.in_(alone), *ranges))
    with reading(engine) as connection:
        return connection.execute(query).mappings().all()
