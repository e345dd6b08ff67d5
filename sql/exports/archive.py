"""Archiving a month of predictions: its partition is emptied once files hold all of it, and filled again from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from sqlalchemy import Column, Connection, Date, MetaData, Row, Table, Uuid, cast, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from broker.ids import first_id_at, parsed_ids, received_at_of
from sql.base.copying import copy_rows
from sql.base.tables import PREDICTIONS_SCHEMA, batches
from sql.exports.days import EPOCH, Day
from sql.exports.pages import export_schema
from sql.predictions.archived import archived_rows, lock_archive
from sql.predictions.tables import prediction_table
from usecases.contract.spec import UseCase

LOCK_PATIENCE: Final = "30s"
"""How long a month waits until nobody writes or reads its partition."""


class ArchiveError(Exception):
    """A month cannot be archived, or brought back; the message says why and what to do."""


def days_of(month: date) -> list[Day]:
    """Return the days of a month.

    >>> [str(day.date) for day in days_of(date(2026, 2, 1))][-1]
    '2026-02-28'
    """
    first = month.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return [Day(first + timedelta(days=number)) for number in range((following - first).days)]


def months_before(connection: Connection, use_case: UseCase, before: date) -> list[date]:
    """Return the months that end before a day and of which the table has rows."""
    table = prediction_table(use_case)
    end, months = Day(before.replace(day=1)).start, list[date]()
    start = EPOCH
    while True:
        inside = (table.c.id >= first_id_at(start), table.c.id < first_id_at(end))
        found = connection.scalar(select(table.c.id).where(*inside).order_by(table.c.id).limit(1))
        if found is None:
            return months
        months.append(received_at_of(found).date().replace(day=1))
        start = days_of(months[-1])[-1].end


def empty_month(
    connection: Connection, use_case: UseCase, month: date, exported: Mapping[date, int], target: str
) -> int:
    """Note what a month holds of each batch, and empty its partition; return how many rows that were.

    Parameters
    ----------
    connection
        In a transaction that the caller commits; its account owns the tables.
    use_case, month
        Whose rows of when.
    exported
        Rows of each day that the target has.
    target
        Where they are, so that they are found again.

    Raises
    ------
    ArchiveError
        If the partition and the files do not have as many rows; nothing is changed then.
    """
    partition = _lock(connection, use_case, month)
    counted = _by_day_and_batch(connection, partition)
    of_day: Counter[date] = Counter()
    for one in counted:
        of_day[one.day] += one.rows
    # Of a month that was archived before, only what came since is there.
    before = archived_days(connection, use_case, month)
    for day, rows in sorted(of_day.items()):
        has = rows + (before[day].rows if day in before else 0)
        if exported.get(day, 0) != has:
            raise ArchiveError(
                f"{use_case.name} has {has:,} rows of {day}, and {exported.get(day, 0):,} of them are exported: rows came "
                "meanwhile. Archive the month again"
            )
    if counted:
        connection.execute(
            insert(archived_rows),
            [
                {
                    "use_case": use_case.name,
                    "day": one.day,
                    "batch_id": one.batch_id,
                    "rows": one.rows,
                    "target": target,
                }
                for one in counted
            ],
        )
        connection.execute(text(f"truncate {connection.dialect.identifier_preparer.format_table(partition)}"))
    return of_day.total()


class ArchivedDay(NamedTuple):
    """A day of which rows are archived."""

    rows: int
    target: str
    """Where they are."""


def archived_days(connection: Connection, use_case: UseCase, month: date) -> dict[date, ArchivedDay]:
    """Return the archived days of a month."""
    days = [day.date for day in days_of(month)]
    query = (
        select(archived_rows.c.day, func.sum(archived_rows.c.rows), func.max(archived_rows.c.target))
        .where(archived_rows.c.use_case == use_case.name, archived_rows.c.day.in_(days))
        .group_by(archived_rows.c.day)
        .order_by(archived_rows.c.day)
    )
    return {day: ArchivedDay(int(rows), target) for day, rows, target in connection.execute(query)}


def restore_month(connection: Connection, use_case: UseCase, month: date, pages: Iterable[pa.Table]) -> int:
    """Write the rows of a month back that are not in its partition, and forget that they were archived.

    Parameters
    ----------
    connection, use_case, month
        As for :func:`empty_month`.
    pages
        The files of its archived days, as they were exported.

    Raises
    ------
    ArchiveError
        If the files have other rows than were archived; nothing is changed then.
    """
    partition = _lock(connection, use_case, month)
    expected = sum(day.rows for day in archived_days(connection, use_case, month).values())
    quoted = connection.dialect.identifier_preparer.format_table(partition)
    restored = Table("restored", MetaData(), *_columns(use_case))
    connection.execute(text(f"create temporary table restored (like {quoted}) on commit drop"))
    for page in pages:
        for batch in _as_stored(use_case, page).to_batches():
            copy_rows(connection, restored, batch)
    # Rows that came after the month was archived are in a file and in the partition.
    names = [column.name for column in restored.columns]
    new = connection.execute(insert(partition).from_select(names, select(restored)).on_conflict_do_nothing()).rowcount
    if new != expected:
        raise ArchiveError(
            f"{expected:,} rows of {use_case.name} were archived of {month:%Y-%m}, and the files have {new:,} that are not in "
            "the table. Were files added or removed? Give the target that holds them all"
        )
    days = [day.date for day in days_of(month)]
    connection.execute(
        delete(archived_rows).where(archived_rows.c.use_case == use_case.name, archived_rows.c.day.in_(days))
    )
    return new


def _lock(connection: Connection, use_case: UseCase, month: date) -> Table:
    """Lock the partition of a month, which is made where it is missing, and return it."""
    connection.execute(select(func.set_config("lock_timeout", LOCK_PATIENCE, True)))  # noqa: FBT003  # for this transaction
    lock_archive(connection)
    connection.execute(select(func.smartpredict.add_partition(use_case.name, month)))
    name = f"{use_case.name}_{month:%Y_%m}"
    partition = Table(name, MetaData(schema=PREDICTIONS_SCHEMA), *_columns(use_case))
    quoted = connection.dialect.identifier_preparer.format_table(partition)
    # Nobody writes there meanwhile; whoever reads goes on until it is emptied.
    connection.execute(text(f"lock table {quoted} in share row exclusive mode"))
    return partition


def _columns(use_case: UseCase) -> list[Column[Any]]:
    return [Column(column.name, column.type) for column in prediction_table(use_case).columns]


def _by_day_and_batch(connection: Connection, partition: Table) -> Sequence[Row[Any]]:
    """Count the rows of each day and batch; those of requests, which are of no batch, together."""
    day = cast(func.timezone("UTC", partition.c.received_at), Date).label("day")
    query = (
        select(day, batches.c.id.label("batch_id"), func.count().label("rows"))
        .select_from(partition.outerjoin(batches, batches.c.id == partition.c.batch_id))
        .group_by(day, batches.c.id)
    )
    return connection.execute(query).all()


def _as_stored(use_case: UseCase, page: pa.Table) -> pa.Table:
    """Cast exported rows to the columns of their table."""
    schema, table = export_schema(use_case), prediction_table(use_case)
    if unknown := [name for name in page.column_names if name not in schema.names]:
        raise ArchiveError(
            f"{use_case.name} has no column {', '.join(unknown)} any more: read the files with another program"
        )
    columns = {
        name: parsed_ids(page.column(name).to_pylist())
        if isinstance(table.c[name].type, Uuid)
        else page.column(name).cast(field.type)
        for name in page.column_names
        if name in table.c
        for field in [schema.field(name)]
    }
    if "scores" in table.c:
        each = [page.column(f"score_{name}").combine_chunks() for name in use_case.outputs]
        many, width = page.num_rows, len(each)
        flat = np.column_stack([one.to_numpy(zero_copy_only=False) for one in each]).ravel()
        ends = pa.array(np.arange(0, many * width + 1, width, dtype=np.int32))
        columns["scores"] = pa.ListArray.from_arrays(ends, pa.array(flat), mask=each[0].is_null())
    return pa.table(columns)
