"""Profiles of what was scored: rolling them up, and adding them up for a window of time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, func, select

from sql.profiles.keys import forget_old_keys, roll_up_keys
from sql.profiles.tables import batch_profiles, profiles

MINUTES_KEPT_FOR = timedelta(days=8)
"""Past a week a window is made of hours (see `sql/functions/profile_rows.sql`), so nothing reads older minutes."""

BATCHES_KEPT_FOR = timedelta(days=90)
"""How long it can be told which batches drove a drift."""

MOST_AT_ONCE = 20_000
"""Profiles moved in one transaction: a second's work, and a bound on what it holds in memory."""


def roll_up_profiles(engine: Engine) -> int:
    """Move the profiles of parts on to minutes, hours and batches; gives how many were moved by this call."""
    moved = 0
    while True:
        with engine.begin() as connection:
            count: int = connection.scalar(select(func.smartpredict.roll_up_profiles(MOST_AT_ONCE))) or 0
        moved += count
        if count < MOST_AT_ONCE:
            roll_up_keys(engine)
            return moved


def lock_roll_ups(connection: Connection) -> None:
    """Have nobody roll up until this transaction ends; whoever comes to it goes on at once, and does it later.

    Transactions that change several tables of profiles would wait for each other where they do so in another order.
    """
    for name in ("roll_up_profiles", "roll_up_keys"):
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"smartpredict.{name}", 0))))


def forget_old_profiles(engine: Engine) -> None:
    """Drop what is finer than anybody looks at so far back; hours stay, for they balance with the predictions."""
    with engine.begin() as connection:
        lock_roll_ups(connection)
        connection.execute(
            delete(profiles).where(profiles.c.span == "minute", profiles.c.start < func.now() - MINUTES_KEPT_FOR)
        )
        connection.execute(delete(batch_profiles).where(batch_profiles.c.recorded_at < func.now() - BATCHES_KEPT_FOR))
        forget_old_keys(connection)
