"""A prepared database, and batches in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from sql.base.engine import connect_engine
from sql.provision import prepare_database
from usecases.catalog import load_catalog


@pytest.fixture(scope="module")
def prepared_url(database_url: str) -> str:
    prepare_database(database_url, load_catalog().values())
    return database_url


@pytest.fixture(scope="module")
def engine(prepared_url: str) -> Iterator[Engine]:
    engine = connect_engine(prepared_url, "test")
    yield engine
    engine.dispose()
