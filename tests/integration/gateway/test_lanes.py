"""Workers of one lane alone, and a gateway that knows that those of files come when they are needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aio_pika
import httpx
import pytest
from pydantic import ValidationError

from broker.messages import Lane
from broker.topology import BULK, JOBS, ONLINE
from inference_worker.settings import WorkerSettings
from local_stack.machine.ports import throwaway_port
from tests.integration.gateway.conftest import KEYS
from tests.support.pipeline import install_model, start_service
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def online_worker(prepared: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("online-worker")
    install_model(folder)
    environment = {
        "SMARTPREDICT_DATABASE_URL": prepared[0],
        "SMARTPREDICT_BROKER_URL": prepared[1],
        "SMARTPREDICT_MODELS": str(folder),
        "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9",
        "SMARTPREDICT_LANES": "online",
    }
    with start_service("inference_worker", folder, environment) as service:
        service.wait_ready()
        yield


def test_a_worker_takes_messages_of_its_lanes_alone(prepared: tuple[str, str], online_worker: None) -> None:
    async def consumers() -> dict[str, int | None]:
        async with await aio_pika.connect(prepared[1]) as connection:
            channel = await connection.channel()
            queues = [await channel.declare_queue(name, passive=True) for name in (BULK, ONLINE, JOBS)]
            return {queue.name: queue.declaration_result.consumer_count for queue in queues}

    eventually(lambda: asyncio.run(consumers()) == {BULK: 0, ONLINE: 1, JOBS: 0})


def test_a_gateway_is_ready_without_workers_that_come_when_parts_wait(
    prepared: tuple[str, str], online_worker: None, tmp_path: Path
) -> None:
    port = throwaway_port()
    environment = {
        "SMARTPREDICT_DATABASE_URL": prepared[0],
        "SMARTPREDICT_BROKER_URL": prepared[1],
        "SMARTPREDICT_DATA": str(tmp_path / "data"),
        "SMARTPREDICT_API_KEYS": f"api:api:{KEYS['api']}",
        "SMARTPREDICT_GATEWAY_PORT": str(port),
        "SMARTPREDICT_BULK_ON_DEMAND": "true",
    }

    def failing() -> set[str]:
        try:
            checks: list[dict[str, Any]] = httpx.get(f"http://127.0.0.1:{port}/health/ready").json()["checks"]
        except httpx.TransportError:
            return {"gateway"}
        return {check["name"] for check in checks if not check["ok"]}

    with start_service("gateway_api", tmp_path, environment):
        # Nobody takes messages in here, which is told all the same.
        eventually(lambda: failing() == {"queue inbox"}, 30)


@pytest.mark.parametrize("lanes", ["", "bulk,later", "bulk;jobs"])
def test_lanes_that_are_none_are_refused(lanes: str) -> None:
    urls = {"database_url": "postgresql://", "broker_url": "amqp://", "mlflow_url": "http://"}
    with pytest.raises(ValidationError, match="bulk, online, jobs"):
        WorkerSettings.model_validate({**urls, "models": "/models", "lanes": lanes})


def test_lanes_are_all_unless_some_are_named() -> None:
    urls = {"database_url": "postgresql://", "broker_url": "amqp://", "mlflow_url": "http://", "models": "/models"}
    assert WorkerSettings.model_validate(urls).taken_lanes == {*Lane}
    assert WorkerSettings.model_validate(urls | {"lanes": "bulk, jobs"}).taken_lanes == {Lane.BULK, Lane.JOBS}
