"""A running gateway between real servers, and callers with their keys."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from local_stack.machine.ports import throwaway_port
from sql.base.engine import connect_engine
from tests.integration.gateway.stand_in_worker import StandInWorker, stand_in_worker
from tests.support.network.line import Line, line_to
from tests.support.pipeline import Service, install_model, prepare, start_service
from tests.support.waiting import eventually
from usecases.checking.row_model import example_row
from usecases.contract.catalog import load_catalog

KEYS = {role: f"{role}-secret-of-the-tests" for role in ("api", "webapp", "admin")}
ROW = example_row(load_catalog()["equipment_failure"])
IRIS_ROW = example_row(load_catalog()["iris"])
DEADLINE_SECONDS = 2


@dataclass
class RunningGateway:
    """A gateway process and the lines it reaches its servers by."""

    service: Service
    url: str
    data: Path
    broker_line: Line
    database_line: Line

    def client(self, role: str = "api", **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"X-API-Key": KEYS[role]}, timeout=30, **options)


@pytest.fixture(scope="module")
def prepared(database_url: str, broker_url: str) -> tuple[str, str]:
    prepare(database_url, broker_url)
    return database_url, broker_url


@pytest.fixture(scope="module")
def gateway(prepared: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    database_url, broker_url = prepared
    folder, port = tmp_path_factory.mktemp("gateway"), throwaway_port()
    with line_to(database_url) as database_line, line_to(broker_url) as broker_line:
        environment = {
            "SMARTPREDICT_DATABASE_URL": database_line.url,
            "SMARTPREDICT_BROKER_URL": broker_line.url,
            "SMARTPREDICT_DATA": str(folder / "data"),
            "SMARTPREDICT_API_KEYS": ",".join(f"{role}:{role}:{secret}" for role, secret in KEYS.items()),
            "SMARTPREDICT_GATEWAY_PORT": str(port),
            "SMARTPREDICT_PREDICT_DEADLINE": f"PT{DEADLINE_SECONDS}S",
            "SMARTPREDICT_JOB_ROOTS": f"/srv/lake, s3://lake/machines, {folder}/lake",
            "SMARTPREDICT_MAX_BODY_BYTES": "1000000",
            "SMARTPREDICT_MAX_UPLOAD_BYTES": "3000000",
        }
        with start_service("gateway_api", folder, environment) as service:
            url = f"http://127.0.0.1:{port}"
            eventually(lambda: _reaches_broker(url), 60, lambda: service.log.read_text()[-2000:])
            yield RunningGateway(service, url, folder / "data", broker_line, database_line)
            log = service.log.read_text()
    ours = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    # The library's own words about a lost connection are not ours.
    assert not [line for line in ours if "exception" in line], log
    assert "uvicorn.error" not in log, log
    assert not any(secret in log for secret in KEYS.values()), "a key stands in the log"


def _reaches_broker(url: str) -> bool:
    """Return whether it answers and is connected, which it becomes while it answers already."""
    try:
        checks = httpx.get(f"{url}/health/ready", timeout=2).json()["checks"]
    except httpx.TransportError:
        return False
    return any(check["name"] == "broker" and check["ok"] for check in checks)


@pytest.fixture
def client(gateway: RunningGateway) -> Iterator[httpx.Client]:
    with gateway.client() as client:
        yield client


@pytest.fixture(scope="module")
def engine(prepared: tuple[str, str]) -> Iterator[Engine]:
    engine = connect_engine(prepared[0], "test")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def real_worker(
    prepared: tuple[str, str], gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A worker with a model for the default use case, and none for the other."""
    folder = tmp_path_factory.mktemp("worker")
    install_model(folder)
    environment = {
        "SMARTPREDICT_DATABASE_URL": prepared[0],
        "SMARTPREDICT_BROKER_URL": prepared[1],
        "SMARTPREDICT_MODELS": str(folder),
        "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9",
    }
    with start_service("inference_worker", folder, environment) as service:
        service.wait_ready()
        with gateway.client() as client:
            eventually(lambda: client.post("/predict", json=ROW).status_code == 200, 60)
        yield


@pytest.fixture
def stand_in(prepared: tuple[str, str]) -> Iterator[StandInWorker]:
    """A worker that can be told to be slow or to fail."""
    with running_stand_in(*prepared) as worker:
        yield worker


@contextmanager
def running_stand_in(database_url: str, broker_url: str) -> Iterator[StandInWorker]:
    """Run the stand-in worker in a thread of its own while the block runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    manager = stand_in_worker(broker_url, database_url)
    try:
        yield asyncio.run_coroutine_threadsafe(manager.__aenter__(), loop).result(20)
    finally:
        asyncio.run_coroutine_threadsafe(manager.__aexit__(None, None, None), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Hold an answer against what every problem has to be, and give it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    content: dict[str, Any] = answer.json()
    assert content["code"] == code, content
    assert content["status"] == status
    assert content["title"]
    assert content["detail"]
    assert content["request_id"] == answer.headers["x-request-id"]
    assert content["instance"] == f"urn:uuid:{content['request_id']}"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "Traceback" not in answer.text
    return content
