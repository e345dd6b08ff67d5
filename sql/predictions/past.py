"""Finding predictions again: page by page, or all of them as CSV. A range of time is a range of ids."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    FromClause,
    RowMapping,
    Select,
    Table,
    Text,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from broker.ids import first_id_at
from broker.messages import Source
from sql.base.csv_lines import csv_lines, guarded_column
from sql.base.reading import CSV_CHUNK_ROWS, CSV_PATIENCE, reading
from sql.base.tables import parts
from sql.predictions.of_batch import ALL_ROWS, BatchRange, PlaceInBatch, RowOrder, RowsOfBatch, value_column
from sql.predictions.tables import prediction_table
from usecases.contract.spec import UseCase
from usecases.tasks.definition import PREDICTION_COLUMNS

MOST_LOOKED_THROUGH = 100_000
"""Rows that one look for a page may read: some 0.1 s where nothing fits."""

_OF_A_ROW = ("id", "batch_id", "row_number", "model_version")

CLOCKS_DIFFER = timedelta(minutes=1)
"""Rows are received by the clock of a door and recorded by that of the database."""


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
class FoundPredictions:
    """A page of predictions."""

    rows: Sequence[RowMapping]
    searched_to: UUID | None = None
    """Where the search was given up before the page was full; what lies before that id was not looked at."""


def newest_predictions(
    engine: Engine, use_case: UseCase, wanted: Wanted, *, before: UUID | None, limit: int
) -> FoundPredictions:
    """Read a page of predictions, the newest first.

    The next page is what comes before its last id, or before the id where the search was given up. There is no index by
    door or version, for it would cost a fifth of the writing speed; instead, a page looks through so many rows at most.
    """
    table = prediction_table(use_case)
    in_range = _range(use_case, wanted)
    if before is not None:
        in_range.append(table.c.id < before)
    chosen = _choice(table, wanted)
    with reading(engine) as connection:
        if not chosen:
            query = select(table).where(*in_range).order_by(table.c.id.desc()).limit(limit)
            return FoundPredictions(connection.execute(query).mappings().all())
        if before is None:
            in_range += _not_after_the_last_recorded(connection, use_case, wanted)
        return _search(connection, table, in_range, wanted, limit)


def _search(
    connection: Connection, table: Table, in_range: Sequence[ColumnElement[bool]], wanted: Wanted, limit: int
) -> FoundPredictions:
    """Search the newest rows of a range for those that match, up to the number of rows one search may read."""
    newest = select(table).where(*in_range).order_by(table.c.id.desc()).limit(MOST_LOOKED_THROUGH).subquery()
    fitting = select(newest).where(*_choice(newest, wanted)).order_by(newest.c.id.desc()).limit(limit)
    rows = connection.execute(fitting).mappings().all()
    if len(rows) == limit:
        return FoundPredictions(rows)
    # Counted by the index alone, and only now: mostly the page is full long before.
    end = select(table.c.id).where(*in_range).order_by(table.c.id.desc()).offset(MOST_LOOKED_THROUGH - 1).limit(1)
    return FoundPredictions(rows, connection.scalar(end))


def _not_after_the_last_recorded(
    connection: Connection, use_case: UseCase, wanted: Wanted
) -> list[ColumnElement[bool]]:
    """Skip what is newer than the last part that holds such rows: whatever was received later is of other doors.

    So yesterday's version is found at once, however much its successor has predicted since.
    """
    last = select(parts.c.recorded_at).where(parts.c.use_case == use_case.name, parts.c.recorded_at.is_not(None))
    if wanted.source is not None:
        last = last.where(parts.c.counts.has_key(wanted.source.value))
    if wanted.model_version is not None:
        last = last.where(parts.c.model_version == wanted.model_version)
    recorded_at = connection.scalar(last.order_by(parts.c.recorded_at.desc()).limit(1))
    if recorded_at is None:
        return []
    return [prediction_table(use_case).c.id < first_id_at(recorded_at + CLOCKS_DIFFER)]


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
    query = select(table).where(*_of_batch(use_case, batch), *rows.conditions(use_case)).limit(limit)
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
        return connection.execute(query).mappings().all()


def count_of_batch(
    engine: Engine, use_case: UseCase, batch: BatchRange, rows: RowsOfBatch = ALL_ROWS
) -> Mapping[str, int]:
    """Count the predictions of a batch by class, in the order of the classes; those of numbers under an empty name."""
    table = prediction_table(use_case)
    name = table.c.prediction if use_case.classes else literal("")
    query = select(name, func.count()).where(*_of_batch(use_case, batch), *rows.conditions(use_case)).group_by(name)
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


def csv_of_predictions(engine: Engine, use_case: UseCase, wanted: Wanted) -> Generator[bytes]:
    """Write predictions as CSV, the newest first, chunk by chunk as they come from the database."""
    table = prediction_table(use_case)
    columns = _texts(use_case)
    query: Any = select(*columns).where(*_conditions(use_case, wanted)).order_by(table.c.id.desc())
    yield csv_lines([[column.name for column in columns]])
    yield from _stream(engine, query)


def csv_of_batch(
    engine: Engine, use_case: UseCase, batch: BatchRange, rows: RowsOfBatch = ALL_ROWS
) -> Generator[bytes]:
    """Write a batch's predictions as CSV in the order of its rows, chunk by chunk as they come from the database."""
    columns = _texts(use_case)
    conditions = [*_of_batch(use_case, batch), *rows.conditions(use_case)]
    query: Any = select(*columns).where(*conditions).order_by(prediction_table(use_case).c.id)
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
    return [*_range(use_case, wanted), *_choice(prediction_table(use_case), wanted)]


def _range(use_case: UseCase, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return the conditions that the primary key can answer."""
    table = prediction_table(use_case)
    conditions: list[ColumnElement[bool]] = []
    if wanted.start is not None:
        conditions.append(table.c.id >= first_id_at(wanted.start))
    if wanted.end is not None:
        conditions.append(table.c.id < first_id_at(wanted.end))
    return conditions


def _choice(table: FromClause, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return the conditions that every row has to be tested for."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.source is not None:
        conditions.append(table.c.source == wanted.source.value)
    if wanted.model_version is not None:
        conditions.append(table.c.model_version == wanted.model_version)
    return conditions


def _texts(use_case: UseCase) -> list[ColumnElement[str]]:
    """Build expressions that write every value as text, which the database does faster than Python would.

    Its texts of numbers read back as the same numbers. The scores of many classes, or the quantiles of a forecast, become a column each.
    Texts are guarded for spreadsheets, see :func:`sql.base.csv_lines.guarded`.
    """
    columns: list[ColumnElement[str]] = []
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
        else:
            columns.append(cast(column, Text).label(column.name))
    return columns
