"""A new format works at the doors: dropped, uploaded, checked for the page, and as labels."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from sqlalchemy import Engine

from ingestion.app import Ingestion, build
from ingestion.files.ingest import ingest_file
from ingestion.files.outcomes import FileIngested
from ingestion.settings import IngestionSettings
from local_stack.machine.ports import throwaway_port
from monitoring.labels.files import store_label_file
from sql.base.engine import connect_engine
from tests.support.history import store_predictions
from tests.support.pipeline import EQUIPMENT, prepare, start_service
from tests.support.usecases.toy_format import add_toy_format, toy_file
from tests.support.waiting import eventually
from ui.gateway.client import Gateway
from usecases.checking.row_model import example_row

KEY = "webapp-secret-of-the-tests"
ROW = example_row(EQUIPMENT)
BAD = ROW | {"torque_nm": "much"}


@pytest.fixture(autouse=True)
def _added(monkeypatch: pytest.MonkeyPatch) -> None:
    add_toy_format(monkeypatch)


@pytest.fixture(scope="module")
def settings(database_url: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> IngestionSettings:
    prepare(database_url, broker_url)
    data = tmp_path_factory.mktemp("toys") / "data"
    return IngestionSettings(database_url=database_url, broker_url=broker_url, data=data)


@pytest.fixture(scope="module")
def engine(settings: IngestionSettings) -> Iterator[Engine]:
    engine = connect_engine(settings.database_url.get_secret_value(), "test")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def gateway(settings: IngestionSettings) -> Iterator[str]:
    port = throwaway_port()
    environment = {
        "SMARTPREDICT_DATABASE_URL": settings.database_url.get_secret_value(),
        "SMARTPREDICT_BROKER_URL": settings.broker_url.get_secret_value(),
        "SMARTPREDICT_DATA": str(settings.data),
        "SMARTPREDICT_API_KEYS": f"page:webapp:{KEY}",
        "SMARTPREDICT_GATEWAY_PORT": str(port),
    }
    url = f"http://127.0.0.1:{port}"
    with start_service("tests.support.usecases.gateway_with_toy_format", settings.data.parent, environment) as service:
        eventually(lambda: _lives(url), 60, lambda: service.log.read_text()[-2000:])
        yield url


def _lives(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", timeout=2).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
async def ingestion(settings: IngestionSettings) -> AsyncIterator[Ingestion]:
    built = build(settings)
    built.files.folders.make(list(built.catalog))
    async with built.publisher:
        yield built
    built.engine.dispose()


async def taken_in(ingestion: Ingestion, path: Path) -> tuple[int, int]:
    outcome = await ingest_file(ingestion.files, path)
    assert isinstance(outcome, FileIngested), outcome
    return outcome.batch.rows_in, outcome.batch.quarantined


async def test_a_dropped_file_is_taken_in(ingestion: Ingestion) -> None:
    path = ingestion.files.folders.incoming / EQUIPMENT.name / "dropped.toy"
    path.write_bytes(toy_file([ROW, BAD, ROW]))
    assert await taken_in(ingestion, path) == (3, 1)


async def test_an_uploaded_file_is_taken_in(ingestion: Ingestion, gateway: str) -> None:
    content = toy_file([ROW] * 5)
    answer = await asyncio.to_thread(
        httpx.post, f"{gateway}/batches?name=uploaded.toy", content=content, headers={"X-API-Key": KEY}
    )
    assert answer.status_code == 202, answer.text
    path = ingestion.files.folders.incoming / EQUIPMENT.name / "uploaded.toy"
    assert await taken_in(ingestion, path) == (5, 0)


def test_the_page_is_told_of_its_rows(gateway: str) -> None:
    client = Gateway(gateway, KEY)
    checked = client.check_file(EQUIPMENT.name, "rows.toy", io.BytesIO(toy_file([ROW, BAD])))
    client.close()
    assert checked.columns == list(ROW)
    assert [(row.row, row.values) for row in checked.rows or []] == [(1, ROW)]
    assert [(error.row, error.column, error.rule) for error in checked.errors] == [(2, "torque_nm", "type")]


def test_labels_may_be_written_in_it(engine: Engine, tmp_path: Path) -> None:
    ids = store_predictions(engine, EQUIPMENT, datetime(2026, 5, 4, 8, tzinfo=UTC), np.array([0.1, 0.9]))
    labels = [{"id": one, "label": label} for one, label in zip(ids, ("ok", "failure"), strict=True)]
    (tmp_path / "labels.toy").write_bytes(toy_file(labels))
    stored = store_label_file(engine, EQUIPMENT, tmp_path / "labels.toy", look_back=timedelta(days=1))
    assert (stored.received, stored.added) == (2, 2)
