"""Reading observations as they were known at a moment: whole histories, the newest of each series, or joined by time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    FromClause,
    Table,
    Text,
    cast,
    column,
    func,
    literal,
    select,
    true,
)

from sql.base.copying import read_rows
from sql.observations.spine import joined_to_spine, spine_table
from sql.observations.tables import observation_table, value_names
from usecases.columns.features import CategoryFeature
from usecases.contract.observations import observation_contract
from usecases.contract.row_layout import category_array, row_schema
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import Observations, in_order, options_of, put_together, series_names

_TIMES = ("event_time", "known_at")
_TIME = pa.timestamp("us", "UTC")


def observations_as_known(
    engine: Engine,
    use_case: UseCase,
    start: datetime | None = None,
    end: datetime | None = None,
    known_at: datetime | None = None,
) -> Observations:
    """Read the versions of readings that were known at a moment, in the order that rows are built of.

    Parameters
    ----------
    engine, use_case
        The database, and whose observations; those of a series that the use case does not have any more are left out.
    start, end
        Readings from the first time on, up to the second; all if not given.
    known_at
        Versions that were known then, and none that came later; all there are if not given.
    """
    table = observation_table(use_case)
    query = select(*_columns(use_case, table))
    if known_at is not None:
        query = query.where(table.c.known_at <= known_at)
    # Of one snapshot, however many statements it takes.
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        return put_together(
            [
                _observations(use_case, _typed(use_case, read_rows(connection, query.where(*span), _schema(use_case))))
                for span in _spans(connection, table, start, end)
            ]
        )


READ_AT_ONCE = timedelta(days=92)
"""Stretch of time that is read by one statement: what it finds is there as text first, of a thousand series 130 MB."""


def _spans(
    connection: Connection, table: Table, start: datetime | None, end: datetime | None
) -> Iterator[list[ColumnElement[bool]]]:
    """Return the limits of stretches of time that are read one after the other."""
    moment = table.c.event_time
    given = [*([] if start is None else [moment >= start]), *([] if end is None else [moment < end])]
    first, last = connection.execute(select(func.min(moment), func.max(moment)).where(*given)).one()
    if first is None or last - first < READ_AT_ONCE:
        yield given
        return
    while first <= last:
        yield [*given, moment >= first, moment < first + READ_AT_ONCE]
        first += READ_AT_ONCE


def newest_observations(engine: Engine, use_case: UseCase, known_at: datetime | None = None) -> Observations:
    """Read the newest reading of each series that has one, in its newest version.

    Parameters
    ----------
    engine, use_case
        The database, and whose observations.
    known_at
        As it was known then; as it is known now if not given.
    """
    table = observation_table(use_case)
    names = (
        func.unnest(literal(list(series_names(use_case)), ARRAY(Text)))
        .table_valued(column("name", Text), name="names")
        .render_derived()
    )
    limits = [] if known_at is None else [table.c.known_at <= known_at]
    newest = _newest(use_case, table.c.series == names.c.name, *limits)
    query = select(newest).select_from(names.join(newest, true()))
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return in_order(_observations(use_case, _typed(use_case, pa.Table.from_pylist(rows, _schema(use_case)))))


def join_as_known(
    engine: Engine, use_case: UseCase, series: pa.Array, moments: pa.Array, max_age: timedelta | None = None
) -> pa.RecordBatch:
    """Find for series and times the newest reading as it was known then: what was known later is not looked at.

    Parameters
    ----------
    engine, use_case
        The database, and whose observations.
    series, moments
        Names of series (empty where there is one), and a time for each.
    max_age
        How old a reading may be at its moment; any age if not given.

    Returns
    -------
    pyarrow.RecordBatch
        A row for each pair, in their order: `event_time`, `known_at`, the reading and what is known ahead under their
        names; all null where nothing was known.
    """
    asked = spine_table()
    table = observation_table(use_case)
    limits = [table.c.event_time <= asked.c.moment, table.c.known_at <= asked.c.moment]
    if max_age is not None:
        limits.append(table.c.event_time >= asked.c.moment - max_age)
    newest = _newest(use_case, table.c.series == asked.c.name, *limits)
    with engine.begin() as connection:
        found = joined_to_spine(connection, asked, newest, series, moments, _schema(use_case))
    return _typed(use_case, found).drop_columns(["series"])


def _newest(use_case: UseCase, *limits: ColumnElement[bool]) -> FromClause:
    """Return what finds the newest reading within limits that name a series: one way down the index."""
    table = observation_table(use_case)
    return (
        select(*_columns(use_case, table))
        .where(*limits, table.c[use_case.target].is_not(None))
        .order_by(table.c.event_time.desc(), table.c.known_at.desc())
        .limit(1)
        .lateral("newest")
    )


def _columns(use_case: UseCase, table: FromClause) -> Iterator[ColumnElement[Any]]:
    """Return the columns that are read, times as microseconds."""
    for name in _schema(use_case).names:
        found = table.c[name]
        if isinstance(found.type, DateTime):
            yield cast(func.extract("epoch", found) * 1_000_000, BigInteger).label(name)
        else:
            yield found


def _schema(use_case: UseCase) -> pa.Schema:
    contract = row_schema(observation_contract(use_case))
    values = [pa.field(name, _plain(contract.field(name).type)) for name in value_names(use_case)]
    return pa.schema([pa.field("series", pa.string()), *(pa.field(name, pa.int64()) for name in _TIMES), *values])


def _plain(kind: pa.DataType) -> pa.DataType:
    """Return the type in which values of another are read."""
    if pa.types.is_timestamp(kind):
        return pa.int64()
    return pa.string() if pa.types.is_dictionary(kind) else kind


def _typed(use_case: UseCase, table: pa.Table) -> pa.RecordBatch:
    """Return what was read in the types that observations have."""
    contract = observation_contract(use_case)
    columns: dict[str, pa.Array] = {}
    for name in table.schema.names:
        found = table.column(name).combine_chunks()
        feature = contract.features_by_name.get(name)
        if name in _TIMES:
            found = found.cast(_TIME)
        elif isinstance(feature, CategoryFeature):
            found = category_array(feature, found)
        elif feature is not None:
            found = found.cast(row_schema(contract).field(name).type)
        columns[name] = found
    return pa.RecordBatch.from_pydict(columns)


def _observations(use_case: UseCase, rows: pa.RecordBatch) -> Observations:
    codes = pc.index_in(rows.column("series"), value_set=pa.array(series_names(use_case), pa.string()))
    rows, codes = rows.filter(codes.is_valid()), codes.drop_null()
    return Observations(
        series=codes.cast(pa.int64()).to_numpy(),
        moments=rows.column("event_time").cast(pa.int64()).to_numpy(),
        known_at=rows.column("known_at").cast(pa.int64()).to_numpy(),
        readings=rows.column(use_case.target).to_numpy(zero_copy_only=False),
        known_ahead=rows.select(list(options_of(use_case).known_ahead)),
        bad={},
        rows=rows.num_rows,
    )
