"""A database in which a use case is registered, for tests that count what is stored of others by name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from sql.base.engine import connect_engine
from sql.base.roles import ROLES
from sql.provision import prepare_database
from tests.support.pipeline import EQUIPMENT


@pytest.fixture(scope="module")
def prepared(database_url: str) -> str:
    prepare_database(database_url, [EQUIPMENT], {role: f"secret-of-{role}" for role in ROLES})
    return database_url


@pytest.fixture
def engine(prepared: str) -> Iterator[Engine]:
    engine = connect_engine(prepared, "test")
    yield engine
    engine.dispose()
