"""Reading from a standby what was committed before: it lags behind the primary, and what it has not heard of is missing there."""

from __future__ import annotations

from time import monotonic, sleep

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from sql.base.engine import is_database_away

CATCH_UP_SECONDS = 5.0
"""How long a standby may take to hear of what was committed; one that is well takes milliseconds."""

_LOOK_SECONDS = 0.05
_WRITTEN = text("select cast(pg_current_wal_insert_lsn() as text)")
_HAS_REPLAYED = text("select not pg_is_in_recovery() or pg_last_wal_replay_lsn() >= cast(:written as pg_lsn)")


def has_all_of(primary: Engine, standby: Engine, seconds: float = CATCH_UP_SECONDS) -> bool:
    """Return whether a standby shows all that was committed on the primary by now; it is given some time to.

    Parameters
    ----------
    primary
        Where it was committed.
    standby
        Where it would be read; a primary, which stands in where no standby answers, has all of it.
    seconds
        How long it may take. A standby that is away has nothing.
    """
    with primary.connect() as connection:
        written = connection.scalar(_WRITTEN)
    until = monotonic() + seconds
    try:
        with standby.connect().execution_options(postgresql_readonly=True) as connection:
            while not connection.scalar(_HAS_REPLAYED, {"written": written}):
                if monotonic() > until:
                    return False
                connection.rollback()
                sleep(_LOOK_SECONDS)
    except DBAPIError as error:
        if is_database_away(error):
            return False
        raise
    return True
