"""The stored rows that are most like another one, among the newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Double,
    Engine,
    RowMapping,
    Select,
    Subquery,
    case,
    cast,
    extract,
    func,
    literal,
    select,
)

from sql.base.reading import reading
from sql.predictions.tables import prediction_table
from usecases.columns.features import BooleanFeature, CategoryFeature
from usecases.contract.spec import UseCase

MOST_LOOKED_AT = 20_000
"""Newest rows that are compared: some 0.1 s with a dozen features."""

MOST_COMPARED = 500_000
"""Values that are compared; of wide rows there are fewer."""

DISTANCE = "distance from the row"
"""Column beside those of a row; no feature has such a name."""


@dataclass(frozen=True, slots=True)
class NearRow:
    """A stored row, and how far it lies from the one that was asked about."""

    row: RowMapping
    distance: float


@dataclass(frozen=True, slots=True)
class NearestRows:
    """The nearest rows, the nearest first.

    Attributes
    ----------
    rows
        They themselves.
    looked_at
        Rows that were compared.
    since
        When the oldest of these was received; None where there was none.
    """

    rows: Sequence[NearRow]
    looked_at: int
    since: datetime | None


def nearest_rows(engine: Engine, use_case: UseCase, row: RowMapping, limit: int) -> NearestRows:
    """Find the stored rows that are most like a stored row.

    The distance is Gower's (Biometrics 27, 1971): the mean over all features of the difference as a share of the range that
    the compared rows have, and of 0 or 1 where names are compared or one of two values is missing.

    Parameters
    ----------
    engine, use_case
        The database and the contract.
    row
        A row of its table; it is none of those that are found.
    limit
        Most rows that are wanted.
    """
    table = prediction_table(use_case)
    most = min(MOST_LOOKED_AT, MOST_COMPARED // len(use_case.features))
    newest = select(table).where(table.c.id != row["id"]).order_by(table.c.id.desc()).limit(most).subquery()
    with reading(engine) as connection:
        looked_at, since, *edges = connection.execute(_edges(use_case, newest)).one()
        if not looked_at:
            return NearestRows((), 0, None)
        ranges = dict(zip(_numbers(use_case), zip(edges[::2], edges[1::2], strict=True), strict=True))
        terms = [_difference(newest.c[one.name], row[one.name], ranges.get(one.name)) for one in use_case.features]
        distance = (sum(terms, literal(0.0)) / len(terms)).label(DISTANCE)
        query = select(newest, distance).order_by(distance, newest.c.id.desc()).limit(limit)
        found = connection.execute(query).mappings().all()
    return NearestRows([NearRow(one, float(one[DISTANCE])) for one in found], looked_at, since)


def _numbers(use_case: UseCase) -> list[str]:
    """Return the features that have a range."""
    return [one.name for one in use_case.features if not isinstance(one, BooleanFeature | CategoryFeature)]


def _edges(use_case: UseCase, newest: Subquery) -> Select[Any]:
    """Count the rows that are compared, and ask for their oldest time and the least and the most of each number."""
    columns = [_as_number(newest.c[name]) for name in _numbers(use_case)]
    edges: list[Any] = [edge(column) for column in columns for edge in (func.min, func.max)]
    return select(*[func.count(), func.min(newest.c.received_at), *edges])


def _as_number(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a number, or the seconds of a time, with a fraction: what is subtracted from a whole number is none."""
    return cast(extract("epoch", column) if isinstance(column.type, DateTime) else column, Double)


def _difference(
    column: ColumnElement[Any], own: Any, edges: tuple[float | None, float | None] | None
) -> ColumnElement[float]:
    """Return how far values of a column lie from a value of one's own, from 0 to 1."""
    if own is None:
        return case((column.is_(None), 0.0), else_=1.0)
    if edges is None:
        return case((column == own, 0.0), else_=1.0)
    number = own.timestamp() if isinstance(own, datetime) else float(own)
    known = [float(edge) for edge in edges if edge is not None]
    spread = max([*known, number]) - min([*known, number])
    if not spread:
        return case((column.is_(None), 1.0), else_=0.0)
    return case((column.is_(None), 1.0), else_=func.abs(_as_number(column) - literal(number, Double)) / spread)
