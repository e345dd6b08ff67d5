"""Upkeep of the database: partitions before they are needed, and contents past their time emptied.

What is emptied keeps its row: the ledger counts rows, so deleting them would put it out of balance.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import Engine, delete, func, select, update

from sql.base.tables import dead_letters, quarantine, shared_parts

LOCK_PATIENCE = "5s"
"""How long a partition waits for its lock: whoever writes waits behind it for as long."""


def add_partitions(engine: Engine, use_case: str, today: date, months_ahead: int) -> list[date]:
    """Make the partitions of this month, of some more, and of months whose rows landed in the default partition.

    Returns
    -------
    list of date
        Months whose partition was missing.
    """
    with engine.connect() as connection:
        late = set(connection.scalars(select(func.smartpredict.months_in_default(use_case))))
    made = []
    for month in sorted({*months_from(today, months_ahead), *late}):
        # One transaction each, so that a month which has to wait for its lock undoes no other.
        with engine.begin() as connection:
            connection.execute(select(func.set_config("lock_timeout", LOCK_PATIENCE, True)))  # noqa: FBT003  # for this transaction
            if connection.scalar(select(func.smartpredict.add_partition(use_case, month))):
                made.append(month)
    return made


def months_from(today: date, ahead: int) -> Iterable[date]:
    """Return the first days of this month and of those ahead.

    >>> [str(month) for month in months_from(date(2026, 11, 21), 2)]
    ['2026-11-01', '2026-12-01', '2027-01-01']
    """
    first = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(first, first + ahead + 1)]


def empty_quarantine(engine: Engine, older_than: timedelta) -> int:
    """Empty bad rows; their reasons stay, and so does their place in the ledger. They cannot be repaired any more."""
    statement = (
        update(quarantine)
        .where(quarantine.c.created_at < func.now() - older_than, quarantine.c.raw != "")
        .values(raw="")
    )
    with engine.begin() as connection:
        return connection.execute(statement).rowcount


def empty_letters(engine: Engine, older_than: timedelta) -> int:
    """Empty dead letters that were replayed or discarded long ago; one that waits is kept for ever.

    A part that batches share, and nobody wants predicted any more, goes with its letter.
    """
    decided = func.coalesce(dead_letters.c.discarded_at, dead_letters.c.replayed_at)
    statement = (
        update(dead_letters)
        .where(decided < func.now() - older_than, func.length(dead_letters.c.body) > 0)
        .values(body=b"")
    )
    discarded = select(dead_letters.c.part_id).where(dead_letters.c.discarded_at < func.now() - older_than)
    with engine.begin() as connection:
        connection.execute(delete(shared_parts).where(shared_parts.c.part_id.in_(discarded)))
        return connection.execute(statement).rowcount
