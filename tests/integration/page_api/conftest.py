"""A gateway with its own accounts at broker and database, and no more rights than they have in a deployment."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
import yaml
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from broker.administration.accounts import ACCOUNTS
from broker.administration.provisioning import declare_topology
from local_stack.machine.ports import throwaway_port
from sql.base.engine import connect_engine
from sql.base.roles import ROLES, role_name
from sql.provision import prepare_database
from tests.support import servers
from tests.support.pipeline import Service, install_model, start_service
from tests.support.waiting import eventually
from usecases.contract.catalog import load_catalog

KEYS = {role: f"{role}-secret-of-the-tests" for role in ("api", "webapp", "admin")}
PASSWORDS = {role: f"secret-of-{role}" for role in ROLES}
ENERGY: dict[str, Any] = {
    "name": "energy",
    "title": "Energy use",
    "task": "regression",
    "target": "kwh",
    "features": [{"name": "hour", "type": "integer", "minimum": 0, "maximum": 23, "example": 8}],
    "training": {"data": "energy.csv"},
}
"""A use case that predicts numbers; the bundled ones name classes."""


@dataclass
class RunningGateway:
    """A running gateway."""

    service: Service
    url: str
    data: Path
    use_cases: Path
    database_url: str
    broker_url: str
    prometheus_url: str
    """Where it asks for alerts; nothing answers there unless a test starts it."""

    def client(self, role: str = "webapp") -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"X-API-Key": KEYS[role]}, timeout=30)


@pytest.fixture(scope="module")
def use_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("usecases")
    (folder / "energy").mkdir()
    (folder / "energy" / "usecase.yaml").write_text(yaml.safe_dump(ENERGY))
    return folder


@pytest.fixture(scope="module")
def gateway(
    database_url: str,
    broker_url: str,
    rabbit_server: servers.Broker,
    use_cases: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningGateway]:
    prepare_database(database_url, load_catalog(use_cases).values(), PASSWORDS)
    asyncio.run(declare_topology(broker_url))
    folder, port = tmp_path_factory.mktemp("gateway"), throwaway_port()
    prometheus_url = f"http://127.0.0.1:{throwaway_port()}"
    environment = {
        "SMARTPREDICT_PROMETHEUS_URL": prometheus_url,
        "SMARTPREDICT_DATABASE_URL": login(database_url, "gateway"),
        "SMARTPREDICT_SETUP_DATABASE_URL": login(database_url, "registrar"),
        "SMARTPREDICT_BROKER_URL": _account_of_gateway(rabbit_server, broker_url),
        "SMARTPREDICT_DATA": str(folder / "data"),
        "SMARTPREDICT_USECASES": str(use_cases),
        "SMARTPREDICT_API_KEYS": ",".join(f"{role}:{role}:{secret}" for role, secret in KEYS.items()),
        "SMARTPREDICT_GATEWAY_PORT": str(port),
        "SMARTPREDICT_MAX_BODY_BYTES": "1000000",
    }
    with start_service("gateway_api", folder, environment) as service:
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: _sees_broker(url), 120, lambda: service.log.read_text()[-2000:])
        yield RunningGateway(service, url, folder / "data", use_cases, database_url, broker_url, prometheus_url)
        log = service.log.read_text()
    assert not [line for line in log.splitlines() if line.startswith("{") and "exception" in json.loads(line)], log


def login(database_url: str, role: str) -> str:
    """Return the URL by which a service logs in."""
    return (
        make_url(database_url)
        .set(username=role_name(role), password=PASSWORDS[role])
        .render_as_string(hide_password=False)
    )


def _sees_broker(url: str) -> bool:
    try:
        checks = httpx.get(f"{url}/health/ready", timeout=2).json()["checks"]
    except httpx.TransportError:
        return False
    return {"name": "broker", "ok": True, "detail": "connected"} in checks


def _account_of_gateway(broker: servers.Broker, url: str) -> str:
    """Make an account with the rights of the gateway and nothing else; gives the URL to come with."""
    rights = next(account for account in ACCOUNTS if account.name == "gateway")
    parts = urlsplit(url)
    name = f"gateway-of-{parts.path[1:]}"
    with httpx.Client(base_url=broker.management_url, auth=broker.credentials(), timeout=30) as api:
        api.put(f"/api/users/{name}", json={"password": "secret", "tags": ""}).raise_for_status()
        permissions = {"configure": rights.configure, "write": rights.write, "read": rights.read}
        api.put(f"/api/permissions/{quote(parts.path[1:], safe='')}/{name}", json=permissions).raise_for_status()
    return f"amqp://{name}:secret@{parts.hostname}:{parts.port}{parts.path}"


@pytest.fixture
def client(gateway: RunningGateway) -> Iterator[httpx.Client]:
    with gateway.client() as client:
        yield client


@pytest.fixture(scope="module")
def engine(gateway: RunningGateway) -> Iterator[Engine]:
    engine = connect_engine(gateway.database_url, "test")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def ingestion(gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    environment = {
        "SMARTPREDICT_DATABASE_URL": gateway.database_url,
        "SMARTPREDICT_BROKER_URL": gateway.broker_url,
        "SMARTPREDICT_DATA": str(gateway.data),
    }
    with start_service("ingestion", tmp_path_factory.mktemp("ingestion"), environment) as service:
        service.wait_ready()
        yield service


@pytest.fixture(scope="module")
def worker(gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("worker")
    install_model(folder)
    environment = {
        "SMARTPREDICT_DATABASE_URL": gateway.database_url,
        "SMARTPREDICT_BROKER_URL": gateway.broker_url,
        "SMARTPREDICT_MODELS": str(folder),
        "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9",
    }
    with start_service("inference_worker", folder, environment) as service:
        service.wait_ready()
        yield service
