"""Whole tables as Arrow, page by page: labels, shadow scores and observations, which no day divides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from sqlalchemy import ARRAY, ColumnElement, Connection, Table, Text, Uuid, cast, select
from sqlalchemy.types import TypeEngine

from sql.exports.pages import arrow_type

PAGE_ROWS = 50_000
"""Rows that are held at once: some 10 MB."""


def whole_schema(table: Table) -> pa.Schema:
    """Return the columns of a table as they stand in a file."""
    return pa.schema([(column.name, _type(column.type)) for column in table.columns])


def read_whole(
    connection: Connection, table: Table, use_case: str, *conditions: ColumnElement[bool]
) -> Iterator[pa.Table]:
    """Read what a table has of a use case, each page with the columns of :func:`whole_schema`.

    Parameters
    ----------
    connection, table
        Where to read what.
    use_case
        Name; of a table that several use cases share only its rows are read.
    conditions
        Of the rows; all if none is given.
    """
    columns = [cast(one, Text).label(one.name) if isinstance(one.type, Uuid) else one for one in table.columns]
    query = select(*columns).where(*conditions)
    if "use_case" in table.c:
        query = query.where(table.c.use_case == use_case)
    schema = whole_schema(table)
    found = connection.execution_options(yield_per=PAGE_ROWS).execute(query)
    for page in found.partitions():
        values = zip(*page, strict=True)
        yield pa.table([pa.array(column, field.type) for column, field in zip(values, schema, strict=True)], schema)


def _type(kind: TypeEngine[Any]) -> pa.DataType:
    return pa.list_(pa.float64()) if isinstance(kind, ARRAY) else arrow_type(kind)
