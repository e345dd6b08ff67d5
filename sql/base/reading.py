"""Reading for people who wait: in UTC, never for long, never changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Connection, Engine, func, select

PAGE_PATIENCE = timedelta(seconds=10)
"""A page that takes longer is given up; the caller has long stopped waiting, and the database has other work."""

LOCK_PATIENCE = timedelta(seconds=2)
"""How long a page waits for what another transaction has locked: else its reader would be told of a slow query."""

CSV_PATIENCE = timedelta(hours=1)
"""How long a download may take; it also holds back the cleaning of the tables for that long."""

CSV_CHUNK_ROWS = 2_000
"""Rows fetched and written at once: some 300 kB, so a download of any size needs no more memory than that."""


@contextmanager
def reading(engine: Engine, patience: timedelta = PAGE_PATIENCE) -> Iterator[Connection]:
    """Open a transaction that only reads.

    Parameters
    ----------
    engine
        The database.
    patience
        How long one statement may take; a longer one ends in an error with code 57014. One that waits for a lock ends
        sooner, see :func:`sql.base.engine.is_locked`.
    """
    with engine.connect().execution_options(postgresql_readonly=True) as connection:
        connection.execute(
            select(
                func.set_config("timezone", "UTC", True),  # noqa: FBT003  # PostgreSQL's function: for this transaction
                func.set_config("statement_timeout", _milliseconds(patience), True),  # noqa: FBT003  # same
                func.set_config("lock_timeout", _milliseconds(LOCK_PATIENCE), True),  # noqa: FBT003  # same
            )
        )
        yield connection


def plan_without(connection: Connection, *ways: str) -> None:
    """Have the planner do without some of its ways where another one will do, until the transaction ends.

    Its names for them are those of its settings, as `seqscan` of `enable_seqscan`.
    """
    connection.execute(select(*(func.set_config(f"enable_{way}", "off", True) for way in ways)))  # noqa: FBT003  # for this transaction


def _milliseconds(patience: timedelta) -> str:
    return str(int(patience.total_seconds() * 1000))
