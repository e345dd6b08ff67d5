"""The servers that the cases are held against."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from benchmarks.online.other_server import MLSERVER_BIN
from local_stack.machine.ports import throwaway_port
from tests.conformance.oip.pumps import lay_for_smartpredict
from tests.conformance.oip.targets import Target, mlserver
from tests.support import servers
from tests.support.pipeline import EQUIPMENT, install_model, prepare, start_service
from tests.support.waiting import eventually
from usecases.contract.catalog import load_catalog

KEY = "api-secret-of-the-tests"
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what needs MLServer where Python is newer than it takes."""
    if sys.version_info >= (3, 13):
        items[:] = [
            item
            for item in items
            if not (
                item.path.is_relative_to(HERE)
                and isinstance(item, pytest.Function)
                and {"other", "mlserver_commands"} & {*item.fixturenames}
            )
        ]


@pytest.fixture
def mlserver_commands() -> Path:
    """Return where the commands of MLServer are."""
    return MLSERVER_BIN


@pytest.fixture(scope="package")
def other() -> Iterator[Target]:
    """MLServer."""
    with servers.server_folder() as folder, mlserver(folder) as target:
        yield target


@pytest.fixture(scope="package")
def ours(postgres_server: servers.Database, rabbit_server: servers.Broker) -> Iterator[Target]:
    """The gateway, with a worker behind it."""
    with _smartpredict(postgres_server, rabbit_server) as target:
        yield target


@contextmanager
def _smartpredict(postgres: servers.Database, rabbit: servers.Broker) -> Iterator[Target]:
    with (
        servers.server_folder() as folder,
        servers.fresh_database(postgres) as database_url,
        servers.fresh_vhost(rabbit) as broker_url,
    ):
        lay_for_smartpredict(folder / "usecases", folder / "models")
        install_model(folder / "models")
        prepare(database_url, broker_url, load_catalog(folder / "usecases"))
        common = {
            "SMARTPREDICT_DATABASE_URL": database_url,
            "SMARTPREDICT_BROKER_URL": broker_url,
            "SMARTPREDICT_USECASES": str(folder / "usecases"),
            # No registry: the worker starts from its local copies.
            "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9",
        }
        http, grpc = throwaway_port(), throwaway_port()
        of_gateway = {
            "SMARTPREDICT_GATEWAY_PORT": str(http),
            "SMARTPREDICT_GATEWAY_GRPC_PORT": str(grpc),
            "SMARTPREDICT_API_KEYS": f"api:api:{KEY}",
            "SMARTPREDICT_DATA": str(folder / "data"),
        }
        url = f"http://127.0.0.1:{http}"
        headers = {"x-api-key": KEY}

        def ready() -> bool:
            models = [f"{url}/v2/models/{name}/ready" for name in ("pump", EQUIPMENT.name)]
            try:
                return all(httpx.get(model, headers=headers, timeout=5).is_success for model in models)
            except httpx.TransportError:
                return False

        with (
            start_service("inference_worker", folder, {**common, "SMARTPREDICT_MODELS": str(folder / "models")}),
            start_service("gateway_api", folder, {**common, **of_gateway}) as gateway,
        ):
            eventually(ready, 60, lambda: gateway.log.read_text()[-2000:])
            yield Target(
                name="SmartPredict",
                url=url,
                grpc_address=f"127.0.0.1:{grpc}",
                label="prediction",
                score="score",
                headers=headers,
            )
