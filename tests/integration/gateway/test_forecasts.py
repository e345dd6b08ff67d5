"""Forecasts over HTTP: asked for, found again, and told apart from what is no forecast."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import Engine

from inference_worker.model_cache import ModelCache
from ingestion.app import build
from ingestion.forecasts.making import ForecastMaker
from ingestion.forecasts.watching import ForecastWatch
from ingestion.settings import IngestionSettings
from sql.observations.writing import store_observations
from tests.integration.gateway.conftest import RunningGateway
from tests.support.ingestion.baseline_worker import score_waiting_parts
from usecases.contract.catalog import load_catalog
from usecases.contract.observations import observation_columns, observation_contract
from usecases.contract.row_layout import row_schema
from usecases.forecasts.observations import options_of, series_names

PM25 = load_catalog()["pm25"]
HOUR = timedelta(hours=1)
ORIGIN = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 24 * HOUR
"""Newest reading: of an hour long past, so that its delay has gone by."""


def rows(first: datetime, hours: int) -> pa.RecordBatch:
    names = observation_columns(PM25, options_of(PM25))
    times = [first + hour * HOUR for hour in range(hours) for _ in series_names(PM25)]
    values = [10.0 + number % 7 for number in range(len(times))]
    columns = {
        names.time: times, "region": list(series_names(PM25)) * hours, names.reading: values,
        str(names.known_at): [time + timedelta(minutes=9) for time in times],
    }  # fmt: skip
    schema = row_schema(observation_contract(PM25))
    return pa.RecordBatch.from_arrays(
        [pa.array(columns[name], schema.field(name).type) for name in schema.names], schema=schema
    )


def observe(engine: Engine, first: datetime, hours: int) -> None:
    found = rows(first, hours)
    with engine.begin() as connection:
        store_observations(connection, PM25, uuid4(), found, np.arange(1, found.num_rows + 1, dtype=np.int32))


@pytest.fixture(scope="module")
def client(gateway: RunningGateway) -> Iterator[httpx.Client]:
    with gateway.client() as client:
        yield client


async def ask(settings: IngestionSettings, client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    """Ask for a forecast while ingestion and a worker are there."""
    models = ModelCache()
    models.answer_by(PM25.name, "season_24")
    ingestion = build(settings)
    async with ingestion.publisher:
        await asyncio.to_thread(ingestion.refresher.refresh)
        watch = ForecastWatch(ForecastMaker(ingestion.batches), ingestion.catalog)
        asking = asyncio.create_task(asyncio.to_thread(client.post, "/forecast", json=body))
        while not asking.done():
            await watch.look(PM25)
            url = settings.broker_url.get_secret_value()
            await score_waiting_parts(ingestion.engine, url, ingestion.catalog, models)
            await asyncio.sleep(0.1)
        answer = await asking
    ingestion.engine.dispose()
    return answer


@pytest.fixture(scope="module")
def made(
    engine: Engine, prepared: tuple[str, str], client: httpx.Client, tmp_path_factory: pytest.TempPathFactory
) -> list[httpx.Response]:
    """What three callers were answered: before there were readings, then for the newest hour, then again."""
    settings = IngestionSettings(
        database_url=prepared[0], broker_url=prepared[1], data=tmp_path_factory.mktemp("forecasts") / "data"
    )
    asked = {"use_case": "pm25"}
    answers = [asyncio.run(ask(settings, client, asked))]
    observe(engine, ORIGIN - 200 * HOUR, 201)
    answers += [asyncio.run(ask(settings, client, asked)) for _ in range(2)]
    observe(engine, ORIGIN + HOUR, 1)
    answers.append(asyncio.run(ask(settings, client, asked)))
    return answers


def test_who_asks_is_answered_with_the_forecast_and_again_with_the_same(made: list[httpx.Response]) -> None:
    nothing, first, again, _ = made
    assert (nothing.status_code, nothing.json()["code"]) == (422, "invalid-parameters")
    assert "send observations first" in nothing.json()["detail"]
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    found = first.json()
    assert len(found["forecasts"]) == 5 * 24
    assert found["origins"][0]["version"] == 1
    assert datetime.fromisoformat(found["origins"][0]["origin"]) == ORIGIN
    assert {one["series"] for one in found["forecasts"]} == {"north", "south", "east", "west", "central"}
    one = found["forecasts"][0]
    assert (one["horizon"], one["model_version"], one["quantiles"], one["came_true"]) == (1, 0, None, None)


def test_forecasts_are_found_page_by_page_beside_what_came_true(
    client: httpx.Client, made: list[httpx.Response]
) -> None:
    newest = client.get("/forecasts", params={"use_case": "pm25", "limit": 200}).json()
    assert datetime.fromisoformat(newest["origins"][0]["origin"]) == ORIGIN + HOUR
    assert len(newest["forecasts"]) == 120
    both: dict[str, str | int] = {"use_case": "pm25", "since": ORIGIN.isoformat(), "limit": 77}
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = client.get("/forecasts", params=both | ({"cursor": cursor} if cursor else {})).json()
        found += page["forecasts"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(found) == len({one["id"] for one in found}) == 240
    known = [one for one in found if one["came_true"] is not None]
    assert {(one["time"], one["horizon"]) for one in known} == {((ORIGIN + HOUR).strftime("%Y-%m-%dT%H:%M:%SZ"), 1)}
    assert len(known) == 5
    own = client.get("/forecasts", params={"use_case": "pm25", "series": "east", "history": 48}).json()
    assert {one["series"] for one in own["forecasts"]} == {one["series"] for one in own["readings"]} == {"east"}
    assert len(own["readings"]) == 48


def test_a_stream_has_every_row_and_measures_tell_of_every_horizon(
    client: httpx.Client, made: list[httpx.Response]
) -> None:
    lines = client.get("/forecasts", params={"use_case": "pm25", "origin": ORIGIN.isoformat(), "format": "csv"}).text
    assert len(lines.splitlines()) == 121
    measured = client.get("/monitoring/metrics", params={"use_case": "pm25"}).json()["versions"][0]
    assert measured["model_version"] == 0
    (one,) = measured["by_horizon"]
    assert (one["horizon"], one["labelled"]) == (1, 5)
    assert one["mae"] == pytest.approx(one["baselines"]["season_24"])
    assert client.get("/monitoring/metrics").json()["versions"] == []


def test_what_is_no_forecast_is_told_apart(client: httpx.Client) -> None:
    for answer in (
        client.get("/forecasts", params={"use_case": "iris"}),
        client.post("/forecast", json={"use_case": "iris"}),
        client.post("/forecast", json={"use_case": "pm25", "origin": 12}),
        client.get("/forecasts", params={"use_case": "pm25", "since": "2026-01-02", "until": "2026-01-01"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameters")
    assert client.get("/forecasts", params={"use_case": "nope"}).status_code == 404
