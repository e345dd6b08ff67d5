"""The index by which the predictions of a key are found, and building it on tables that are large already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, Index, func, select, text
from sqlalchemy.exc import OperationalError

from sql.base.engine import is_locked
from sql.base.tables import PREDICTIONS_SCHEMA, use_cases

_LOCK = 7_301_407
"""Any number of our own: one process builds at a time."""

LOCK_PATIENCE = "30s"
"""How long a step waits for transactions that are under way; a download of an hour need not be waited for."""

_BARE_PARTITIONS = text(
    """
    select child.relname
    from pg_inherits tree join pg_class child on child.oid = tree.inhrelid
    where tree.inhparent = to_regclass(:table) and not exists (
        select from pg_inherits attached join pg_index built on built.indexrelid = attached.inhrelid
        where attached.inhparent = to_regclass(:index) and built.indrelid = child.oid
    )
    order by child.relname
    """
)


PAGES = 2
"""Pages of the table that one entry of the index tells of: some hundred rows, so that a rare key leads to few others."""

_OPERATORS = "text_bloom_ops(n_distinct_per_range=200)"
"""A Bloom filter for each entry, for that many keys."""


def key_index(table_name: str, key: str) -> Index:
    """Build the index of a table of predictions by its key: for every few pages, which keys and ids may be in them.

    It costs a row that is written next to nothing, see docs/decisions/typed-tables.md.
    """
    options: dict[str, Any] = {
        "postgresql_using": "brin",
        "postgresql_ops": {key: _OPERATORS},
        "postgresql_with": {"pages_per_range": PAGES},
    }
    return Index(_name(table_name), key, "id", **options)


def build_key_indexes(engine: Engine) -> list[str]:
    """Build the indexes that tables of predictions with a key lack, one partition at a time, while rows are stored.

    A table that is new has its index from the start, and so has every partition that is made later.

    Parameters
    ----------
    engine
        Login of the owner of the tables.

    Returns
    -------
    list of str
        Use cases that still lack it, because a transaction was not over in time: try again later.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Not waited for: a session that waits holds a snapshot, and the one that builds would wait for that in turn.
        if not connection.scalar(select(func.pg_try_advisory_lock(_LOCK))):
            return []
        try:
            connection.execute(text(f"set lock_timeout = '{LOCK_PATIENCE}'"))
            return list(_build_all(connection))
        finally:
            connection.execute(text("reset lock_timeout"))
            connection.execute(select(func.pg_advisory_unlock(_LOCK)))


def _build_all(connection: Connection) -> Iterator[str]:
    key = use_cases.c.contract["key"].astext
    registered = connection.execute(select(use_cases.c.name, key).where(key.is_not(None)).order_by(use_cases.c.name))
    for name, column in registered.all():
        try:
            _build(connection, name, column)
        except OperationalError as error:
            if not is_locked(error):
                raise
            yield name


def _build(connection: Connection, table: str, key: str) -> None:
    quote = connection.dialect.identifier_preparer.quote

    def placed(name: str) -> str:
        return f"{quote(PREDICTIONS_SCHEMA)}.{quote(name)}"

    of_all = placed(_name(table))
    bare = connection.scalars(_BARE_PARTITIONS, {"table": placed(table), "index": of_all}).all()
    if not bare:
        return
    columns = f"using brin ({quote(key)} {_OPERATORS}, id) with (pages_per_range = {PAGES})"
    # Of the table alone: it counts once every partition has its own, which are built beside whoever writes.
    connection.execute(text(f"create index if not exists {quote(_name(table))} on only {placed(table)} {columns}"))
    for partition in bare:
        own = _name(partition)
        # One that was broken off is there, and no good.
        connection.execute(text(f"drop index concurrently if exists {placed(own)}"))
        connection.execute(text(f"create index concurrently {quote(own)} on {placed(partition)} {columns}"))
        connection.execute(text(f"alter index {of_all} attach partition {placed(own)}"))


def _name(table: str) -> str:
    return f"{table}_by_key"
