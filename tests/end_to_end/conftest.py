"""The running product, with use cases of one's own for a while."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.support.running_stack import RunningStack
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def own(stack: RunningStack) -> Iterator[RunningStack]:
    """The stack; use cases that a test registers are gone afterwards, so that other tests find what they expect."""
    with stack.engine.connect() as connection:
        before = set(connection.execute(text("select name from smartpredict.use_cases")).scalars())
    yield stack
    with stack.engine.begin() as connection:
        statement = text("delete from smartpredict.use_cases where name <> all(:before)")
        connection.execute(statement, {"before": list(before)})
    for folder in stack.folders.usecases.glob("*/"):
        shutil.rmtree(folder)
    with stack.api() as api:
        eventually(lambda: {found["name"] for found in api.get("/use-cases").json()["use_cases"]} == before)
