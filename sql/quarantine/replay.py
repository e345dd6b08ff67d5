"""Taking quarantined rows for a replay, so that each is sent again once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import Connection, select, tuple_

from sql.base.tables import batches, quarantine
from sql.quarantine.pages import RowKey
from sql.quarantine.rows import mark_replayed


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRow:
    """A bad row, as far as a replay has to know it."""

    batch_id: UUID
    batch_name: str
    row_number: int
    use_case: str
    replayed_as: UUID | None
    replayed_at: datetime | None


def lock_rows(connection: Connection, keys: Iterable[RowKey]) -> dict[RowKey, KeptRow]:
    """Lock rows for this transaction; another caller who wants one of them waits, and then finds it replayed."""
    wanted = sorted(keys)
    query = (
        select(
            quarantine.c.batch_id,
            batches.c.name.label("batch_name"),
            quarantine.c.row_number,
            quarantine.c.use_case,
            quarantine.c.replayed_as,
            quarantine.c.replayed_at,
        )
        .join(batches, batches.c.id == quarantine.c.batch_id)
        .where(tuple_(quarantine.c.batch_id, quarantine.c.row_number).in_(wanted))
        # In one order, or two replays with rows in common could wait for each other.
        .order_by(quarantine.c.batch_id, quarantine.c.row_number)
        .with_for_update(of=quarantine)
    )
    rows = [KeptRow(**row) for row in connection.execute(query).mappings()]
    return {RowKey(row.batch_id, row.row_number): row for row in rows}


def mark_all_replayed(connection: Connection, keys: Iterable[RowKey], replayed_as: UUID) -> None:
    """Note under which batch rows of several batches are sent again."""
    for batch_id, rows in groupby(sorted(keys), key=lambda key: key.batch_id):
        mark_replayed(connection, batch_id, [row.row_number for row in rows], replayed_as)
