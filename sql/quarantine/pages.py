"""Reading quarantined rows page by page: those of a batch, or whatever a person looks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, RowMapping, Select, or_, select, tuple_

from sql.base.reading import reading
from sql.base.tables import batches, quarantine
from sql.quarantine.rows import QuarantineFilter

_OF_ROW = (
    quarantine.c.row_number,
    quarantine.c.raw,
    quarantine.c.reasons,
    quarantine.c.created_at,
    quarantine.c.replayed_as,
    quarantine.c.replayed_at,
)


class RowKey(NamedTuple):
    """A row of a batch."""

    batch_id: UUID
    row_number: int


def quarantined_rows(engine: Engine, batch_id: UUID, *, after: int, limit: int) -> Sequence[RowMapping]:
    """Read a page of a batch's bad rows in their order; the next page is what comes after its last row number."""
    query = (
        select(*_OF_ROW)
        .where(quarantine.c.batch_id == batch_id, quarantine.c.row_number > after)
        .order_by(quarantine.c.row_number)
        .limit(limit)
    )
    with reading(engine) as connection:
        return connection.execute(query).mappings().all()


def newest_quarantined(
    engine: Engine,
    which: QuarantineFilter,
    *,
    start: datetime | None,
    end: datetime | None,
    after: RowKey | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Read a page of bad rows: the newest batch first, and its rows in their order.

    Parameters
    ----------
    engine
        The database.
    which
        Which rows are meant.
    start, end
        Only rows of batches received then or later, and before.
    after
        The row a page ended with; the next one goes on from there.
    limit
        Most rows to give.
    """
    query = which.apply(
        select(quarantine.c.batch_id, batches.c.name.label("batch_name"), quarantine.c.use_case, batches.c.source)
        .add_columns(*_OF_ROW)
        .join(batches, batches.c.id == quarantine.c.batch_id)
    )
    # Batches without bad rows are passed over before their rows are looked for.
    query = query.where(batches.c.rows_quarantined > 0, *_conditions(start, end, after))
    with reading(engine) as connection:
        return connection.execute(_in_order(query).limit(limit)).mappings().all()


def _in_order(query: Select[Any]) -> Select[Any]:
    return query.order_by(batches.c.received_at.desc(), batches.c.id.desc(), quarantine.c.row_number)


def _conditions(start: datetime | None, end: datetime | None, after: RowKey | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if start is not None:
        conditions.append(batches.c.received_at >= start)
    if end is not None:
        conditions.append(batches.c.received_at < end)
    if after is not None:
        last = select(batches.c.received_at, batches.c.id).where(batches.c.id == after.batch_id).scalar_subquery()
        conditions.append(tuple_(batches.c.received_at, batches.c.id) <= last)
        conditions.append(or_(batches.c.id != after.batch_id, quarantine.c.row_number > after.row_number))
    return conditions
