"""Remembering what people were told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, func
from sqlalchemy.dialects.postgresql import insert

from sql.drift.tables import notifications


def claim_notifications(engine: Engine, keys: Iterable[str], cooldown: timedelta | None) -> set[str]:
    """Claim the keys that nobody was told about lately; of several callers at once, each key goes to one.

    Parameters
    ----------
    engine
        The database.
    keys
        What the notifications are about.
    cooldown
        How long a key stays taken; for good, if none is given.
    """
    # In one order, or two callers with keys in common could wait for each other.
    rows = [{"key": key} for key in sorted(set(keys))]
    if not rows:
        return set()
    statement = insert(notifications).values(rows)
    if cooldown is None:
        taking = statement.on_conflict_do_nothing()
    else:
        taking = statement.on_conflict_do_update(
            index_elements=["key"],
            set_={"sent_at": func.now()},
            where=notifications.c.sent_at < func.now() - cooldown,
        )
    with engine.begin() as connection:
        return set(connection.scalars(taking.returning(notifications.c.key)))


def release_notifications(engine: Engine, keys: Iterable[str]) -> None:
    """Release keys that nobody could be told about, so that the next attempt tells."""
    with engine.begin() as connection:
        connection.execute(delete(notifications).where(notifications.c.key.in_(list(keys))))


def forget_notifications(connection: Connection, older_than: timedelta) -> int:
    """Delete keys so old that what they were about will not be told again; gives their number."""
    return connection.execute(delete(notifications).where(notifications.c.sent_at < func.now() - older_than)).rowcount
