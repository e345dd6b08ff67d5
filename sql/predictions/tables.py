"""One typed table of predictions per use case: real columns, half the bytes of JSON, readable by people."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    DateTime,
    Double,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    select,
)
from sqlalchemy.sql.ddl import DDL

from broker.ids import first_id_at
from sql.base.feature_columns import feature_column
from sql.base.tables import PREDICTIONS_SCHEMA
from sql.predictions.key_index import key_index
from usecases.columns.features import FloatFeature
from usecases.contract.spec import UseCase

MONTHS_AHEAD = 2
"""Partitions made ahead of time; a forgotten month still lands in the default partition."""


_ANSWER_TYPES: dict[str, Any] = {"text": Text, "number": Double, "numbers": ARRAY(Double)}
"""Types of the columns of an answer."""


@cache
def prediction_table(use_case: UseCase) -> Table:
    """Derive the table of a use case's predictions.

    The primary key is a UUIDv7, so it is the time index and the partition key as well. A use case with a key has one
    more index, by which the rows of a key are found; there is no third, because each costs writing speed.
    """
    key = [Column(use_case.key, Text)] if use_case.key else []
    by_key = [key_index(use_case.name, use_case.key)] if use_case.key else []
    return Table(
        use_case.name,
        MetaData(schema=PREDICTIONS_SCHEMA),
        Column("id", Uuid, primary_key=True),
        Column("batch_id", Uuid, nullable=False),
        Column("row_number", Integer, nullable=False),
        Column("source", Text, nullable=False),
        Column("model_version", Integer, nullable=False),
        Column("received_at", DateTime(timezone=True), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        *key,
        *(feature_column(feature, nullable=feature.nullable) for feature in use_case.features),
        *(
            Column(column.name, _ANSWER_TYPES[column.kind], nullable=column.is_nullable, comment=column.comment)
            for column in use_case.task.definition.columns(use_case.outputs)
        ),
        *by_key,
        comment=use_case.title,
        postgresql_partition_by="RANGE (id)",
    )


def ensure_partitions(connection: Connection, table: Table) -> None:
    """Make the default partition and one for each month from now on."""
    _create_partition(connection, table, f"{table.name}_default", "DEFAULT")
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(MONTHS_AHEAD + 1):
        following = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
        if not _default_holds(connection, table, month, following):
            bounds = f"FROM ('{first_id_at(month)}') TO ('{first_id_at(following)}')"
            _create_partition(connection, table, f"{table.name}_{month:%Y_%m}", f"FOR VALUES {bounds}")
        month = following


def _create_partition(connection: Connection, table: Table, name: str, values: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    # DDL takes no parameters; the names come from a use case whose name is checked, the bounds are UUIDs made here.
    connection.execute(
        DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
            f"CREATE TABLE IF NOT EXISTS {quote(PREDICTIONS_SCHEMA)}.{quote(name)} "
            f"PARTITION OF {quote(PREDICTIONS_SCHEMA)}.{quote(table.name)} {values}"
        )
    )


def _default_holds(connection: Connection, table: Table, start: datetime, end: datetime) -> bool:
    """Return whether the default partition holds rows of a month already; PostgreSQL then refuses a partition for it."""
    default = Table(f"{table.name}_default", MetaData(schema=PREDICTIONS_SCHEMA), Column("id", Uuid))
    found = select(default.c.id).where(default.c.id >= first_id_at(start), default.c.id < first_id_at(end)).limit(1)
    return connection.execute(found).first() is not None


def for_table(use_case: UseCase, rows: pa.RecordBatch) -> pa.RecordBatch:
    """Cast the columns of an earlier contract to the types they have in the table now."""
    wanted = {feature.name for feature in use_case.features if isinstance(feature, FloatFeature)}
    for index, field in enumerate(rows.schema):
        if field.name in wanted and pa.types.is_integer(field.type):
            rows = rows.set_column(index, field.name, rows.column(index).cast(pa.float64(), safe=False))
    return rows
