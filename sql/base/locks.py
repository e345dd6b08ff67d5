"""Which tables somebody keeps locked, so that no rows can be stored."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Engine, text
from typing_extensions import override

from sql.base.reading import reading

LOOK_AGAIN_SECONDS = 0.5
"""What is still locked then is told: a migration, or a partition that is made, takes milliseconds."""

# Other sessions' names are told to everybody, what they do only to some.
_LOCKS = text(
    """
    select distinct format('%s.%s', space.nspname, class.relname) as table_name, held.pid,
        coalesce(session.application_name, '') as application, coalesce(session.usename, '') as account
    from pg_locks held
    join pg_class class on class.oid = held.relation
    join pg_namespace space on space.oid = class.relnamespace
    left join pg_stat_activity session on session.pid = held.pid
    where held.granted
        and held.database = (select oid from pg_database where datname = current_database())
        and held.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        and class.relkind in ('r', 'p')
        and (
            space.nspname in ('predictions', 'observations')
            or space.nspname = 'smartpredict' and class.relname in ('batches', 'parts', 'part_profiles', 'part_keys',
                'shared_parts')
        )
    """
)


@dataclass(frozen=True, slots=True)
class Lock:
    """A table that nobody else can write to, and who keeps it so."""

    table_name: str
    pid: int
    application: str
    account: str

    @override
    def __str__(self) -> str:
        """Describe what is locked, by whom, and how that ends."""
        who = ", ".join(filter(None, (self.application, self.account and f"account {self.account}")))
        return (
            f"{self.table_name} is locked by process {self.pid} of PostgreSQL ({who or 'unknown'}), so nothing can be stored "
            f"in it; end its transaction: select pg_terminate_backend({self.pid})"
        )


def lasting_locks(engine: Engine) -> list[Lock]:
    """Find tables that are locked now and still are a moment later."""
    found = _look(engine)
    if not found:
        return []
    time.sleep(LOOK_AGAIN_SECONDS)
    return sorted(found & _look(engine), key=lambda lock: (lock.table_name, lock.pid))


def _look(engine: Engine) -> set[Lock]:
    with reading(engine) as connection:
        return {Lock(**row) for row in connection.execute(_LOCKS).mappings()}
