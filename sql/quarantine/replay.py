"""Taking quarantined rows for a replay, so that each is sent again once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Select, select, tuple_

from sql.base.reading import reading
from sql.base.tables import batches, quarantine
from sql.quarantine.pages import RowKey
from sql.quarantine.rows import mark_replayed
from usecases.checking.raw_rows import plain_row


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRow:
    """A bad row, as far as a replay has to know it."""

    batch_id: UUID
    batch_name: str
    row_number: int
    use_case: str
    replayed_as: UUID | None
    replayed_at: datetime | None
    discarded_at: datetime | None
    discarded_by: str | None
    discarded_reason: str | None

    @property
    def decision(self) -> str | None:
        """What was decided about it, in words; none while it waits."""
        if self.replayed_at is not None:
            at = f"{self.replayed_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
            return f"was sent again as batch {self.replayed_as} at {at}"
        return None if self.discarded_at is None else f"was discarded by {self.discarded_by}: {self.discarded_reason}"


def find_rows(engine: Engine, keys: Iterable[RowKey]) -> dict[RowKey, KeptRow]:
    """Return the rows of these that are in quarantine."""
    with reading(engine) as connection:
        return _read(connection, _kept(keys))


def rows_as_they_came(
    engine: Engine, keys: Iterable[RowKey], columns: Sequence[str]
) -> dict[RowKey, Mapping[str, Any]]:
    """Return the values of those rows in quarantine that have these columns, as they came."""
    query = select(quarantine.c.batch_id, quarantine.c.row_number, quarantine.c.raw).where(_are_among(keys))
    with reading(engine) as connection:
        found = {RowKey(row.batch_id, row.row_number): plain_row(row.raw, columns) for row in connection.execute(query)}
    return {key: row for key, row in found.items() if row is not None}


def lock_rows(connection: Connection, keys: Iterable[RowKey]) -> dict[RowKey, KeptRow]:
    """Lock rows for this transaction; another caller who wants one of them waits, and then finds it decided."""
    return _read(connection, _kept(keys).with_for_update(of=quarantine))


def _kept(keys: Iterable[RowKey]) -> Select[Any]:
    return (
        select(
            quarantine.c.batch_id,
            batches.c.name.label("batch_name"),
            quarantine.c.row_number,
            quarantine.c.use_case,
            quarantine.c.replayed_as,
            quarantine.c.replayed_at,
            quarantine.c.discarded_at,
            quarantine.c.discarded_by,
            quarantine.c.discarded_reason,
        )
        .join(batches, batches.c.id == quarantine.c.batch_id)
        .where(_are_among(keys))
        # In one order, or two replays with rows in common could wait for each other.
        .order_by(quarantine.c.batch_id, quarantine.c.row_number)
    )


def _are_among(keys: Iterable[RowKey]) -> ColumnElement[bool]:
    return tuple_(quarantine.c.batch_id, quarantine.c.row_number).in_(sorted(keys))


def _read(connection: Connection, query: Select[Any]) -> dict[RowKey, KeptRow]:
    rows = [KeptRow(**row) for row in connection.execute(query).mappings()]
    return {RowKey(row.batch_id, row.row_number): row for row in rows}


def mark_all_replayed(connection: Connection, keys: Iterable[RowKey], replayed_as: UUID) -> None:
    """Note under which batch rows of several batches are sent again."""
    for batch_id, rows in groupby(sorted(keys), key=lambda key: key.batch_id):
        mark_replayed(connection, batch_id, [row.row_number for row in rows], replayed_as)
