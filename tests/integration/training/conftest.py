"""One MLflow server for all tests of training; its first start takes 15 s."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import servers
from tests.support.mlflow_server import start_mlflow


@pytest.fixture(scope="session")
def mlflow_url(postgres_server: servers.Database) -> Iterator[str]:
    with (
        servers.server_folder() as folder,
        servers.fresh_database(postgres_server) as backend_url,
        start_mlflow(backend_url, folder) as address,
    ):
        yield address
