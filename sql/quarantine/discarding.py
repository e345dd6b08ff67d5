"""Discarding bad rows that nobody will repair: they stay quarantined in the ledger, and are never sent again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from sqlalchemy import Connection, Engine, func, update

from sql.base.decided import Decided
from sql.base.tables import quarantine
from sql.quarantine.pages import RowKey, newest_quarantined
from sql.quarantine.replay import KeptRow, lock_rows
from sql.quarantine.rows import QuarantineFilter

MOST_AT_ONCE = 5_000
"""Rows that are locked and discarded together; those of a flood are discarded page after page."""


def discard_locked(connection: Connection, kept: Mapping[RowKey, KeptRow], decided: Decided) -> list[RowKey]:
    """Discard those of some rows that wait, and return them; the rows have to be locked, see :func:`lock_rows`."""
    waiting = sorted(key for key, row in kept.items() if row.decision is None)
    for batch_id, keys in groupby(waiting, key=lambda key: key.batch_id):
        connection.execute(
            update(quarantine)
            .where(quarantine.c.batch_id == batch_id, quarantine.c.row_number.in_([key.row_number for key in keys]))
            .values(
                discarded_at=func.now(),
                discarded_by=decided.person,
                discarded_account=decided.account,
                discarded_reason=decided.reason,
            )
        )
    return waiting


def discard_rows(engine: Engine, keys: Iterable[RowKey], decided: Decided) -> list[RowKey]:
    """Discard those of some rows that wait, and return them."""
    with engine.begin() as connection:
        return discard_locked(connection, lock_rows(connection, keys), decided)


def discard_all(engine: Engine, which: QuarantineFilter, decided: Decided) -> int:
    """Discard all rows that are meant and wait, however many, and return their number."""
    count, after = 0, None
    while found := newest_quarantined(engine, which, start=None, end=None, after=after, limit=MOST_AT_ONCE):
        keys = [RowKey(row["batch_id"], row["row_number"]) for row in found]
        count += len(discard_rows(engine, keys, decided))
        after = keys[-1]
    return count
