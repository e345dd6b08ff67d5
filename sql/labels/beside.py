"""What came true beside the predictions: of a page of them, or of all that fit as CSV."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Engine, FromClause, Select, Text, case, cast, func, literal, select

from sql.base.csv_lines import csv_lines, guarded_column
from sql.base.reading import CSV_CHUNK_ROWS, CSV_PATIENCE, reading
from sql.labels.tables import labels
from sql.predictions.of_batch import ALL_ROWS, BatchRange, RowsOfBatch
from sql.predictions.past import Wanted
from sql.predictions.tables import prediction_table
from usecases.columns.features import FloatFeature
from usecases.columns.number_texts import AMBIGUOUS
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True)
class KnownLabel:
    """What came true for a prediction."""

    label: str | float
    labelled_at: datetime


class Outcome(StrEnum):
    """What came true, beside what was predicted; right and wrong are for classes alone."""

    RIGHT = "right"
    """The class that was predicted."""
    WRONG = "wrong"
    """Another class."""
    KNOWN = "known"
    """Something, whatever it is."""
    UNKNOWN = "unknown"
    """Nobody has said yet."""

    def condition(self, use_case: UseCase, table: FromClause) -> ColumnElement[bool]:
        """Build the condition on rows of a table of predictions: a look at the primary key of labels for each."""
        known = labels.alias("outcome")  # a query may have labels of its own beside its rows
        of_row = select(known.c.prediction_id).where(known.c.prediction_id == table.c.id)
        label = known.c[use_case.task.definition.label_column]
        match self:
            case Outcome.RIGHT:
                return of_row.where(label == table.c.prediction).exists()
            case Outcome.WRONG:
                return of_row.where(label != table.c.prediction).exists()
            case Outcome.KNOWN:
                return of_row.exists()
            case Outcome.UNKNOWN:
                return ~of_row.exists()


def labels_of(engine: Engine, use_case: UseCase, ids: Sequence[UUID]) -> Mapping[UUID, KnownLabel]:
    """Read what came true for some predictions, by their ids; those of which it is not known are left out."""
    if not ids:
        return {}
    label = labels.c[use_case.task.definition.label_column]
    query = select(labels.c.prediction_id, label, labels.c.labelled_at).where(labels.c.prediction_id.in_(ids))
    with reading(engine) as connection:
        return {row[0]: KnownLabel(row[1], row[2]) for row in connection.execute(query)}


def csv_of_predictions(engine: Engine, use_case: UseCase, wanted: Wanted) -> Generator[bytes]:
    """Write predictions as CSV, the newest first, chunk by chunk as they come from the database.

    What came true is the last column, under the name of the target.
    """
    table = prediction_table(use_case)
    conditions = [*wanted.range_conditions(use_case), *wanted.row_conditions(use_case, table)]
    yield from _csv(engine, use_case, conditions, table.c.id.desc())


def csv_of_batch(
    engine: Engine, use_case: UseCase, batch: BatchRange, rows: RowsOfBatch = ALL_ROWS
) -> Generator[bytes]:
    """Write a batch's predictions as CSV likewise, in the order of its rows."""
    yield from _csv(engine, use_case, rows.conditions(use_case, batch), prediction_table(use_case).c.id)


def _csv(
    engine: Engine, use_case: UseCase, conditions: Sequence[ColumnElement[bool]], order: ColumnElement[Any]
) -> Iterator[bytes]:
    table = prediction_table(use_case)
    columns = [*_texts(use_case), _came_true(use_case)]
    joined = table.outerjoin(labels, labels.c.prediction_id == table.c.id)
    query: Any = select(*columns).select_from(joined).where(*conditions).order_by(order)
    yield csv_lines([[column.name for column in columns]])
    yield from _stream(engine, query)


def _stream(engine: Engine, query: Select[Any]) -> Iterator[bytes]:
    with reading(engine, CSV_PATIENCE) as connection:
        # A cursor on the server; without it the driver fetches the whole result before the first row can be read.
        streaming = connection.execution_options(stream_results=True, yield_per=CSV_CHUNK_ROWS)
        for rows in streaming.execute(query).partitions():
            yield csv_lines(rows)


def _came_true(use_case: UseCase) -> ColumnElement[str]:
    """Build the column with what came true; its name is that of the target, unless a column of the table has it."""
    table = prediction_table(use_case)
    name = use_case.target if use_case.target not in table.c else f"{use_case.target}_came_true"
    column = labels.c[use_case.task.definition.label_column]
    text = guarded_column(column) if isinstance(column.type, Text) else cast(column, Text)
    return (_unambiguous(text) if use_case.target_decimal_comma else text).label(name)


def _unambiguous(text: ColumnElement[str]) -> ColumnElement[str]:
    """Write a number so that it is read back where texts have decimal commas, as :func:`usecases.columns.number_texts.cell_text`."""
    return case((text.regexp_match(AMBIGUOUS), func.concat(text, literal("0"))), else_=text)


def _texts(use_case: UseCase) -> list[ColumnElement[str]]:
    """Build expressions that write every value as text, which the database does faster than Python would.

    Its texts of numbers read back as the same numbers. The scores of many classes, or the quantiles of a forecast, become a column each.
    Texts are guarded for spreadsheets, see :func:`sql.base.csv_lines.guarded`.
    """
    columns: list[ColumnElement[str]] = []
    with_comma = {
        feature.name for feature in use_case.features if isinstance(feature, FloatFeature) and feature.decimal_comma
    }
    for column in prediction_table(use_case).columns:
        if column.name == "scores":
            columns += [
                cast(column[number], Text).label(f"score_{name}")
                for number, name in enumerate(use_case.outputs, start=1)
            ]
        elif isinstance(column.type, DateTime):
            columns.append(func.to_char(column, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"').label(column.name))
        elif isinstance(column.type, Text):
            columns.append(guarded_column(column).label(column.name))
        elif column.name in with_comma:
            columns.append(_unambiguous(cast(column, Text)).label(column.name))
        else:
            columns.append(cast(column, Text).label(column.name))
    return columns
