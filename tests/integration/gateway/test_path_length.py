"""How many of our files one row of /predict passes from the socket to its answer: few enough to be read in one sitting."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from gateway_api.app import build_app, with_fast_path
from gateway_api.gateway import Gateway
from gateway_api.settings import Settings
from inference_worker.app import Worker
from inference_worker.handlers import Handlers
from inference_worker.settings import WorkerSettings
from tests.integration.gateway.conftest import KEYS, ROW
from tests.support.pipeline import install_model

ROOT = Path(__file__).parents[3]
PRODUCT = ("broker", "gateway_api", "inference_worker", "monitoring", "registry", "sql", "usecases")
MOST_FILES = 25


class PassedFiles:
    """Collects the files of ours in which a function is called, in threads that begin after it was installed too."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self._is_collecting = False

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if self._is_collecting and event == "call" and frame.f_code.co_name != "<module>":
            path = Path(frame.f_code.co_filename)
            if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PRODUCT:
                self.files.add(str(path.relative_to(ROOT)))

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Collect while the block runs."""
        self._is_collecting = True
        try:
            yield
        finally:
            self._is_collecting = False


@pytest.fixture
def passed() -> Iterator[PassedFiles]:
    passed = PassedFiles()
    threading.setprofile(passed)
    sys.setprofile(passed)
    try:
        yield passed
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


async def test_a_row(passed: PassedFiles, prepared: tuple[str, str], tmp_path: Path) -> None:
    database_url, broker_url = map(SecretStr, prepared)
    install_model(tmp_path / "models")
    app = build_app(
        Settings(
            database_url=database_url,
            broker_url=broker_url,
            api_keys=SecretStr(f"api:api:{KEYS['api']}"),
            data=tmp_path / "data",
        )
    )
    gateway: Gateway = app.state.gateway
    worker = Worker(
        WorkerSettings(
            database_url=database_url,
            broker_url=broker_url,
            mlflow_url="http://127.0.0.1:9",
            models=tmp_path / "models",
        )
    )
    await worker.poller.start_from_cache()
    transport = httpx.ASGITransport(with_fast_path(app))
    # Neither service runs its background tasks here, so every call is for the row.
    async with (
        gateway.broker,
        worker.publisher,
        httpx.AsyncClient(transport=transport, base_url="http://gateway", headers={"X-API-Key": KEYS["api"]}) as client,
    ):
        handlers = Handlers(worker.bulk, worker.online, worker.poller, worker.publisher, worker.metrics, worker.tracing)
        handlers.subscribe(worker.broker, worker.settings, worker.worker_id)
        await worker.broker.start()
        try:
            # What is made once and kept is there from the second row on.
            for _ in range(100):
                if (await client.post("/predict", json=ROW)).status_code == 200:
                    break
                await asyncio.sleep(0.1)
            with passed.collecting():
                answer = await client.post("/predict", json=ROW)
                await asyncio.sleep(0.5)  # the worker counts once it has answered
        finally:
            await worker.broker.stop()
            worker.bulk.close()
            worker.online.close()
    assert answer.status_code == 200, answer.text
    assert len(passed.files) <= MOST_FILES, "\n".join(sorted(passed.files))
