"""A use case of its own for each test, so that versions and history begin anew in one MLflow server."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from registry.client import Registry
from registry.lifecycle import Lifecycle
from sql.base.engine import connect_engine
from sql.registry.workers import report_worker
from tests.support.pipeline import EQUIPMENT, prepare
from usecases.contract.spec import UseCase

_numbers = itertools.count(1)


@pytest.fixture
def use_case() -> UseCase:
    return UseCase.model_validate(EQUIPMENT.model_dump() | {"name": f"machines_{next(_numbers)}"})


@pytest.fixture(scope="module")
def engine(database_url: str, broker_url: str) -> Iterator[Engine]:
    prepare(database_url, broker_url)
    engine = connect_engine(database_url, "test")
    yield engine
    engine.dispose()


@pytest.fixture
def serve(engine: Engine, use_case: UseCase) -> Callable[..., None]:
    """Have a worker report that it serves versions, one after another."""

    def served(*versions: int) -> None:
        for version in versions:
            report_worker(engine, f"worker of {use_case.name}", datetime.now(UTC), {use_case.name: version}, {})

    return served


@pytest.fixture(scope="module")
def registry(mlflow_url: str) -> Iterator[Registry]:
    registry = Registry(mlflow_url)
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def lifecycle(registry: Registry, engine: Engine, broker_url: str) -> Lifecycle:
    return Lifecycle(registry, engine, broker_url)
