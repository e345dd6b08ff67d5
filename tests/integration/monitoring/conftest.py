"""A history that the real pipeline wrote: files good and bad, requests, labels, a message nobody can read."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from broker.administration.provisioning import declare_topology
from broker.topology import INBOX
from broker.transport.publisher import Outgoing, Publisher
from local_stack.machine.ports import throwaway_port
from monitoring.profiles.part_counts import PartCounter
from monitoring.profiles.publishing import published
from sql.base.engine import connect_engine
from sql.base.roles import ROLES, role_name
from sql.profiles.keys import keep_keys
from sql.profiles.reference import publish_reference
from sql.provision import prepare_database
from tests.support.monitoring.fleet import FLEET, fleet_reference, fleet_rows
from tests.support.monitoring.profile_history import made_up_scores
from tests.support.pipeline import EQUIPMENT, equipment_rows, install_model, start_service
from tests.support.waiting import eventually
from usecases.contract.catalog import load_catalog

KEY = "secret-of-the-test"
READER = "secret-of-the-reader"

GOOD, HOT, BAD, ASKED = 600, 700, 40, 8
"""Rows of a normal file, of one whose air is 20 K too hot, of those without a good row, and of requests."""

MOVED = "M-7"
"""The machine whose torque rose."""


@dataclass(frozen=True)
class History:
    """What was written, and the account that Grafana reads with."""

    owner: Engine
    reader: Engine


def reader_engine(database_url: str) -> Engine:
    """Connect as Grafana does."""
    url = make_url(database_url).set(username=role_name("reader"), password=READER)
    return connect_engine(url.render_as_string(hide_password=False), "test as Grafana")


def prepare_with_accounts(database_url: str) -> None:
    """Prepare a database with the accounts of a deployment."""
    prepare_database(database_url, load_catalog().values(), dict.fromkeys(ROLES, READER))


def lines(count: int, *, seed: int, **overrides: Any) -> bytes:
    rows = equipment_rows(count, seed=seed).to_pylist()
    return "".join(json.dumps({**row, **overrides}) + "\n" for row in rows).encode()


@pytest.fixture(scope="module")
def history(database_url: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    prepare_with_accounts(database_url)
    asyncio.run(declare_topology(broker_url))
    folder = tmp_path_factory.mktemp("history")
    install_model(folder / "models")
    environment = {
        "SMARTPREDICT_DATABASE_URL": database_url,
        "SMARTPREDICT_BROKER_URL": broker_url,
        "SMARTPREDICT_DATA": str(folder / "data"),
        "SMARTPREDICT_MODELS": str(folder / "models"),
        "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9",
        "SMARTPREDICT_API_KEYS": f"api:api:{KEY}",
        "SMARTPREDICT_RESCAN_SECONDS": "PT1S",
    }
    owner, reader = connect_engine(database_url, "test"), reader_engine(database_url)
    with (
        start_service("inference_worker", folder, environment) as worker,
        start_service("ingestion", folder, environment) as ingestion,
        _gateway(folder, environment) as client,
    ):
        worker.wait_ready()
        ingestion.wait_ready()
        incoming = folder / "data" / "incoming" / EQUIPMENT.name
        _drop(incoming, "good.jsonl", lines(GOOD, seed=1))
        _drop(incoming, "hot.jsonl", lines(HOT, seed=2, air_temperature_k=309.0, process_temperature_k=313.0))
        _drop(incoming, "bad.jsonl", lines(BAD, seed=3, torque_nm=-5.0))
        asyncio.run(_publish(broker_url, Outgoing(INBOX, EQUIPMENT.name, b"{", f"broken-{uuid4()}")))
        eventually(lambda: _answers(client), 20)
        _ask_and_label(client)
        eventually(lambda: _recorded(owner) >= GOOD + HOT + ASKED, 40)
        eventually(lambda: _one(owner, "select count(*) from smartpredict.dead_letters") == 1, 20)
        eventually(
            lambda: _one(owner, "select count(*) from smartpredict.batches where finished_at is not null") == 3, 20
        )
        _keep_a_fleet(owner)
        yield History(owner, reader)
    owner.dispose()
    reader.dispose()


def _keep_a_fleet(engine: Engine) -> None:
    """Count rows by machine as well, one of which moved; the use case that comes along names no keys."""
    rows = fleet_rows(30, seed=5, moved={MOVED: 40.0})
    counted = PartCounter(FLEET, fleet_reference()).count(rows, made_up_scores(rows))
    publish_reference(engine, published(FLEET, fleet_reference()))
    with engine.begin() as connection:
        keep_keys(connection, FLEET.name, 1, {"api": counted})


@contextlib.contextmanager
def _gateway(folder: Path, environment: dict[str, str]) -> Iterator[httpx.Client]:
    port = throwaway_port()  # chosen when it is needed: a port that is free now may not be so in ten seconds
    with (
        start_service("gateway_api", folder, {**environment, "SMARTPREDICT_GATEWAY_PORT": str(port)}),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"X-API-Key": KEY}, timeout=30) as client,
    ):
        yield client


def _drop(folder: Path, name: str, content: bytes) -> None:
    (partial := folder / f"{name}.tmp").write_bytes(content)
    partial.rename(folder / name)


async def _publish(url: str, message: Outgoing) -> None:
    async with Publisher(url, "test") as publisher:
        await publisher.publish(message)


def _answers(client: httpx.Client) -> bool:
    try:
        answer = client.get("/health/ready")
        return answer.status_code == 200 and answer.json()["status"] == "ready"
    except httpx.TransportError:
        return False


def _ask_and_label(client: httpx.Client) -> None:
    """Predict some rows; three in four labels say that the prediction was right."""
    answer = client.post("/predict", json=equipment_rows(ASKED, seed=4).to_pylist())
    assert answer.status_code == 200, answer.text
    names = EQUIPMENT.classes
    labels = [
        {
            "prediction_id": str(UUID(entry["id"])),
            "label": entry["prediction"] if number % 4 else next(name for name in names if name != entry["prediction"]),
        }
        for number, entry in enumerate(answer.json()["predictions"])
    ]
    stored = client.post("/labels", json={"use_case": EQUIPMENT.name, "labels": labels})
    assert stored.json()["added"] == ASKED, stored.text


def _recorded(engine: Engine) -> int:
    return _one(engine, "select coalesce(sum(rows), 0) from smartpredict.parts where recorded_at is not null")


def _one(engine: Engine, query: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())
