"""Finding predictions again: page by page, or all of them as CSV. A range of time is a range of ids."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Engine, RowMapping, Select, Text, cast, func, select

from broker.ids import first_id_at
from broker.messages import Source
from sql.csv_lines import csv_lines
from sql.prediction_tables import prediction_table
from sql.reading import CSV_CHUNK_ROWS, CSV_PATIENCE, reading
from usecases.spec import UseCase


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which predictions are looked for; what is None is not filtered by."""

    start: datetime | None = None
    """Received then or later."""
    end: datetime | None = None
    """Received before."""
    source: Source | None = None
    model_version: int | None = None


@dataclass(frozen=True, slots=True)
class BatchRange:
    """The ids of a batch."""

    batch_id: UUID
    first_id: UUID
    last_id: UUID


def newest_predictions(
    engine: Engine, use_case: UseCase, wanted: Wanted, *, before: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Read a page of predictions, the newest first; the next page is what comes before its last id."""
    table = prediction_table(use_case)
    query = select(table).where(*_conditions(use_case, wanted)).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    with reading(engine) as connection:
        return connection.execute(query).mappings().all()


def batch_predictions(
    engine: Engine, use_case: UseCase, batch: BatchRange, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Read a page of a batch's predictions in the order of its rows; the next page is what comes after its last id."""
    table = prediction_table(use_case)
    query = select(table).where(*_of_batch(use_case, batch)).order_by(table.c.id).limit(limit)
    if after is not None:
        query = query.where(table.c.id > after)
    with reading(engine) as connection:
        return connection.execute(query).mappings().all()


def csv_of_predictions(engine: Engine, use_case: UseCase, wanted: Wanted) -> Generator[bytes]:
    """Write predictions as CSV, the newest first, chunk by chunk as they come from the database."""
    table = prediction_table(use_case)
    columns = _texts(use_case)
    query: Any = select(*columns).where(*_conditions(use_case, wanted)).order_by(table.c.id.desc())
    yield csv_lines([[column.name for column in columns]])
    yield from _stream(engine, query)


def csv_of_batch(engine: Engine, use_case: UseCase, batch: BatchRange) -> Generator[bytes]:
    """Write a batch's predictions as CSV in the order of its rows, chunk by chunk as they come from the database."""
    columns = _texts(use_case)
    query: Any = select(*columns).where(*_of_batch(use_case, batch)).order_by(prediction_table(use_case).c.id)
    yield csv_lines([[column.name for column in columns]])
    yield from _stream(engine, query)


def _stream(engine: Engine, query: Select[Any]) -> Iterator[bytes]:
    with reading(engine, CSV_PATIENCE) as connection:
        # A cursor on the server; without it the driver fetches the whole result before the first row can be read.
        streaming = connection.execution_options(stream_results=True, yield_per=CSV_CHUNK_ROWS)
        for rows in streaming.execute(query).partitions():
            yield csv_lines(rows)


def _of_batch(use_case: UseCase, batch: BatchRange) -> list[ColumnElement[bool]]:
    table = prediction_table(use_case)
    return [table.c.id.between(batch.first_id, batch.last_id), table.c.batch_id == batch.batch_id]


def _conditions(use_case: UseCase, wanted: Wanted) -> list[ColumnElement[bool]]:
    table = prediction_table(use_case)
    conditions: list[ColumnElement[bool]] = []
    if wanted.start is not None:
        conditions.append(table.c.id >= first_id_at(wanted.start))
    if wanted.end is not None:
        conditions.append(table.c.id < first_id_at(wanted.end))
    if wanted.source is not None:
        conditions.append(table.c.source == wanted.source.value)
    if wanted.model_version is not None:
        conditions.append(table.c.model_version == wanted.model_version)
    return conditions


def _texts(use_case: UseCase) -> list[ColumnElement[str]]:
    """Have the database write every value as text, which it does faster than Python would.

    Its texts of numbers read back as the same numbers. The scores of many classes become a column each.
    """
    columns: list[ColumnElement[str]] = []
    for column in prediction_table(use_case).columns:
        if column.name == "scores":
            columns += [
                cast(column[number], Text).label(f"score_{name}")
                for number, name in enumerate(use_case.classes, start=1)
            ]
        elif isinstance(column.type, DateTime):
            columns.append(func.to_char(column, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"').label(column.name))
        else:
            columns.append(cast(column, Text).label(column.name))
    return columns
