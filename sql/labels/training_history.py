"""Stored predictions with their labels, as rows to learn from."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pyarrow.csv as pacsv
from sqlalchemy import ColumnElement, DateTime, Engine, Text, cast, func, select

from broker.ids import first_id_at
from sql.base.copying import read_rows
from sql.labels.tables import labels
from sql.predictions.tables import prediction_table
from usecases.contract.spec import UseCase


def labelled_rows(engine: Engine, use_case: UseCase, start: datetime, end: datetime) -> pa.Table:
    """Read the rows received between two times that have a label, in the order they were received.

    Gives every value as text, as a CSV file does: key and features under their names, the label under that of the target.
    """
    table = prediction_table(use_case)
    columns = [_text(table.c[name]) for name in use_case.columns]
    target = cast(labels.c[use_case.task.definition.label_column], Text)
    query = (
        select(*columns, target.label(use_case.target))
        .join(labels, labels.c.prediction_id == table.c.id)
        .where(table.c.id >= first_id_at(start), table.c.id < first_id_at(end))
        .order_by(table.c.id)
    )
    schema = pa.schema([pa.field(name, pa.string()) for name in (*use_case.columns, use_case.target)])
    with engine.connect() as connection:
        # As in a file, a text that is null is an empty one.
        as_texts = pacsv.ConvertOptions(column_types=schema, strings_can_be_null=False)
        return read_rows(connection, query, schema, as_texts)


def _text(column: ColumnElement[object]) -> ColumnElement[str]:
    """Build the expression that writes a value as text which reads back as the same value."""
    if isinstance(column.type, DateTime):
        utc = func.timezone("UTC", column)
        return func.to_char(utc, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"').label(str(column.key))
    return cast(column, Text).label(str(column.key))
