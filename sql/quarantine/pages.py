"""Reading quarantined rows page by page: those of a batch, or whatever a person looks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, RowMapping, case, select, true, tuple_

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
    quarantine.c.discarded_at,
    quarantine.c.discarded_by,
    quarantine.c.discarded_reason,
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
    seen = 0 if after is None else case((batches.c.id == after.batch_id, after.row_number), else_=0)
    # Of each batch no more than a page: sorting the rows of one that brought millions would read all of them.
    bad = (
        which.apply(select(quarantine.c.use_case, *_OF_ROW))
        .where(quarantine.c.batch_id == batches.c.id, quarantine.c.row_number > seen)
        .order_by(quarantine.c.row_number)
        .limit(limit)
        .lateral("bad")
    )
    query = (
        select(batches.c.id.label("batch_id"), batches.c.name.label("batch_name"), batches.c.source, *bad.c)
        .join(bad, true())
        # Batches without bad rows are passed over before their rows are looked for.
        .where(batches.c.rows_quarantined > 0, *_conditions(which, start, end, after))
        .order_by(batches.c.received_at.desc(), batches.c.id.desc(), bad.c.row_number)
        .limit(limit)
    )
    with reading(engine) as connection:
        return connection.execute(query).mappings().all()


def _conditions(
    which: QuarantineFilter, start: datetime | None, end: datetime | None, after: RowKey | None
) -> list[ColumnElement[bool]]:
    """Build the conditions on batches."""
    conditions: list[ColumnElement[bool]] = []
    if which.use_case is not None:
        conditions.append(batches.c.use_case == which.use_case)
    if which.batch_id is not None:
        conditions.append(batches.c.id == which.batch_id)
    if start is not None:
        conditions.append(batches.c.received_at >= start)
    if end is not None:
        conditions.append(batches.c.received_at < end)
    if after is not None:
        last = select(batches.c.received_at, batches.c.id).where(batches.c.id == after.batch_id).scalar_subquery()
        conditions.append(tuple_(batches.c.received_at, batches.c.id) <= last)
    return conditions
