"""Profiles of what was scored: rolling them up, and adding them up for a window of time."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

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
            return moved
