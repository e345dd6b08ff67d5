"""The running product, with use cases of one's own for a while."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, MetaData, Table, delete, inspect, select

from sql.base.tables import PREDICTIONS_SCHEMA, SCHEMA, use_cases
from sql.profiles.windows import lock_roll_ups
from tests.support.running_stack import RunningStack
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def own(stack: RunningStack) -> Iterator[RunningStack]:
    """The stack; use cases that a test registers are gone afterwards, so that other tests find what they expect."""
    with stack.engine.connect() as connection:
        before = set(connection.scalars(select(use_cases.c.name)))
    yield stack
    with stack.engine.begin() as connection:
        for name in set(connection.scalars(select(use_cases.c.name))) - before:
            forget(connection, name)
    for folder in stack.folders.usecases.glob("*/"):
        shutil.rmtree(folder)
    with stack.api() as api:
        eventually(lambda: {found["name"] for found in api.get("/use-cases").json()["use_cases"]} == before)


def forget(connection: Connection, name: str) -> None:
    """Take a use case out of the database with all that belongs to it, so that the audit misses nothing."""
    lock_roll_ups(connection)
    connection.execute(delete(use_cases).where(use_cases.c.name == name))
    for table in inspect(connection).get_table_names(SCHEMA):
        found = Table(table, MetaData(schema=SCHEMA), autoload_with=connection)
        column = found.c.get("use_case", found.c.get("name") if table == "use_case_contracts" else None)
        if column is not None:
            connection.execute(delete(found).where(column == name))
    Table(name, MetaData(schema=PREDICTIONS_SCHEMA)).drop(connection)
