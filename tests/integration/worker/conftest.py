"""A running worker with a small model, and the messages that go to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from sql.base.engine import connect_engine
from sql.jobs.orders import Job
from tests.integration.worker.job_orders import Order, order_and_tell
from tests.support.pipeline import Service, install_model, prepare, start_service


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    install_model(folder)
    return folder


@pytest.fixture(scope="module")
def worker_environment(database_url: str, broker_url: str, models: Path) -> dict[str, str]:
    prepare(database_url, broker_url)
    return {
        "SMARTPREDICT_DATABASE_URL": database_url,
        "SMARTPREDICT_BROKER_URL": broker_url,
        "SMARTPREDICT_MODELS": str(models),
        # No registry: a worker starts from its local copies.
        "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9",
    }


@pytest.fixture(scope="module")
def worker(worker_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with start_service("inference_worker", tmp_path_factory.mktemp("worker"), worker_environment) as service:
        service.wait_ready()
        yield service


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect_engine(database_url, "test")
    yield engine
    engine.dispose()


@pytest.fixture
def order(engine: Engine, broker_url: str, tmp_path: Path) -> Order:
    """Orders jobs, whose answers go to a folder of the test."""

    def order(given: Path | str, output: Path | str | None = None, **more: Any) -> Job:
        return order_and_tell(engine, broker_url, given, output or tmp_path / "answers", **more)

    return order
