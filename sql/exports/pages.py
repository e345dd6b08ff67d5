"""Predictions as Arrow tables, page by page in the order of their ids, so that a day of any size takes the same memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    DateTime,
    Double,
    Integer,
    Interval,
    and_,
    cast,
    func,
    literal,
    select,
)

from sql.base.copying import read_rows
from sql.exports.days import Day
from sql.forecasts.tables import forecasts
from sql.predictions.tables import prediction_table
from usecases.contract.forecast import HORIZON
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of

PAGE_CELLS = 1_000_000
"""Values read at once: some 20 MB, and a row group of the file."""

LEAST_ROWS = 1_000
_TIME = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of an export: its name, how it is read, and its type in the file."""

    name: str
    expression: ColumnElement[Any]
    type: pa.DataType

    @property
    def is_time(self) -> bool:
        return bool(pa.types.is_timestamp(self.type))

    @property
    def read(self) -> ColumnElement[Any]:
        """What the database is asked for: times as microseconds."""
        if self.is_time:
            return cast(func.extract("epoch", self.expression) * 1_000_000, BigInteger).label(self.name)
        return self.expression.label(self.name)


def export_schema(use_case: UseCase) -> pa.Schema:
    """Return the columns of an exported prediction: those of its table, and of a forecast where it belongs."""
    return pa.schema([(column.name, column.type) for column in _columns(use_case)])


def free_name(use_case: UseCase, name: str) -> str:
    """Return a name for what an export adds: an underscore follows where the use case has a column so called.

    >>> from usecases.contract.catalog import load_catalog
    >>> free_name(load_catalog()["iris"], "day")
    'day'
    """
    taken = prediction_table(use_case).c
    while name in taken:
        name += "_"
    return name


def read_pages(connection: Connection, use_case: UseCase, day: Day) -> Iterator[pa.Table]:
    """Read the predictions of a day, by their ids in ascending order, each page with the columns of :func:`export_schema`."""
    columns, table = _columns(use_case), prediction_table(use_case)
    schema = pa.schema([(column.name, pa.int64() if column.is_time else column.type) for column in columns])
    most = max(LEAST_ROWS, PAGE_CELLS // len(columns))
    source = table.outerjoin(
        forecasts, and_(forecasts.c.batch_id == table.c.batch_id, forecasts.c.use_case == use_case.name)
    )
    query = (
        select(*(column.read for column in columns))
        .select_from(table if use_case.forecast is None else source)
        .where(*day.holds(use_case))
        .order_by(table.c.id)
        .limit(most)
    )
    rest = query
    while True:
        page = read_rows(connection, rest, schema)
        if page.num_rows:
            yield page.cast(export_schema(use_case))
        if page.num_rows < most:
            return
        rest = query.where(table.c.id > UUID(page.column("id")[-1].as_py()))


def _columns(use_case: UseCase) -> list[_Column]:
    found: list[_Column] = []
    for column in prediction_table(use_case).columns:
        if column.name == "scores":
            # The scores of many classes, or the quantiles of a forecast, are a column each, as in every download.
            found += [
                _Column(f"score_{name}", column[number], pa.float64())
                for number, name in enumerate(use_case.outputs, start=1)
            ]
        else:
            found.append(_Column(column.name, column, arrow_type(column.type)))
    return found if use_case.forecast is None else [*found, *_of_a_forecast(use_case)]


def _of_a_forecast(use_case: UseCase) -> list[_Column]:
    """Return what a forecast is of; nothing in rows that somebody sent to be predicted."""
    step = literal(timedelta(microseconds=options_of(use_case).step), Interval)
    moment = forecasts.c.origin + prediction_table(use_case).c[HORIZON] * step
    return [
        _Column(free_name(use_case, name), expression, kind)
        for name, expression, kind in (
            ("forecast_origin", forecasts.c.origin, _TIME),
            ("forecast_version", forecasts.c.version, pa.int32()),
            ("forecast_time", cast(moment, DateTime(timezone=True)), _TIME),
        )
    ]


def arrow_type(kind: Any) -> pa.DataType:
    """Return the type in a file for a column's type: of ids and whatever else is none of these, text."""
    match kind:
        case DateTime():
            return _TIME
        case Double():
            return pa.float64()
        case BigInteger():
            return pa.int64()
        case Integer():
            return pa.int32()
        case Boolean():
            return pa.bool_()
        case _:
            return pa.string()
