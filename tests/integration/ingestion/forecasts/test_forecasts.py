"""Forecasts are made of what was observed, once each, and compared with what came true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import Engine, RowMapping, func, select

from broker.envelopes.foreign import ForeignMessage
from inference_worker.model_cache import ModelCache, ServedModel
from ingestion.batches.ingest import BatchIngestor
from ingestion.forecasts.making import ForecastMaker, NothingToForecastError
from ingestion.forecasts.watching import ForecastWatch
from ingestion.messages.ingest import MessageIngestor
from sql.forecasts.accuracy import accuracy_by_horizon
from sql.forecasts.making import answered_request, ask
from sql.forecasts.reading import (
    Versions,
    WantedForecasts,
    csv_of_forecasts,
    forecasts_page,
    newest_forecast_origin,
    newest_readings,
)
from sql.labels.performance import PerformanceWindow
from sql.ledger.batch_ledger import find_batch
from sql.predictions.tables import prediction_table
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.baseline_worker import score_waiting_parts
from tests.support.monitoring.grafana import Screen, expand, fill_in, panels
from tests.support.usecases.forecast import observed, versions
from training.forecasts.backtest import fit_known
from usecases.contract.spec import UseCase

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
ORIGIN = NOW - 12 * HOUR
"""Newest reading at the beginning of a test: of an hour long past, so that its delay has gone by."""


@pytest.fixture
async def models(doors: Doors, tide: UseCase) -> AsyncIterator[ModelCache]:
    """The models of a worker: none of the forecast, so that a baseline answers. What waits in the end is worked off."""
    models = ModelCache()
    models.answer_by(tide.name, "season_4")
    yield models
    await work(doors, models)


def level(moment: datetime) -> float:
    return float(moment.hour % 4)


async def observe(doors: Doors, use_case: UseCase, readings: Sequence[tuple[datetime, str, float]]) -> None:
    rows = [
        {"hour": moment.isoformat(), "published": datetime.now(UTC).isoformat(), "harbour": harbour, "level": value}
        for moment, harbour, value in readings
    ]
    message = ForeignMessage(orjson.dumps(rows), use_case.name, str(uuid4()), "application/json", {}, None, None)
    await MessageIngestor(doors.ingestion.batches).ingest([message])


async def observe_hours(doors: Doors, use_case: UseCase, first: datetime, last: datetime) -> None:
    hours = [first + number * HOUR for number in range((last - first) // HOUR + 1)]
    await observe(doors, use_case, [(hour, name, level(hour)) for hour in hours for name in ("inner", "outer")])


async def work(doors: Doors, models: ModelCache, *, deliveries: int = 1) -> int:
    engine = doors.ingestion.engine
    return await score_waiting_parts(engine, doors.broker_url, doors.catalog, models, deliveries=deliveries)


def found(doors: Doors, use_case: UseCase, wanted: WantedForecasts) -> Sequence[RowMapping]:
    return forecasts_page(doors.ingestion.engine, use_case, wanted, after=None, limit=1_000)


def dashboard_panels() -> list[dict[str, Any]]:
    return [panel for title, panel in panels() if title == "Forecasts"]


def dashboard_rows(engine: Engine, use_case: UseCase, panel: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask what a panel asks."""
    now = datetime.now(UTC)
    screen = Screen(now - HOUR, now + timedelta(minutes=1))
    sql = expand(fill_in(panel["targets"][0]["rawSql"], {"forecast": use_case.name}, screen), screen)
    with engine.connect() as connection:
        return [dict(row) for row in connection.exec_driver_sql(sql.replace("%", "%%")).mappings()]


def stored(doors: Doors, use_case: UseCase) -> int:
    table = prediction_table(use_case)
    with doors.ingestion.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


async def test_a_complete_hour_is_forecast_once_and_a_late_reading_makes_a_further_version(
    doors: Doors, tide: UseCase, models: ModelCache
) -> None:
    watch = ForecastWatch(ForecastMaker(doors.ingestion.batches), doors.catalog)
    await watch.look(tide)
    assert await work(doors, models) == 0, "nothing was observed yet"
    await observe_hours(doors, tide, ORIGIN - 20 * HOUR, ORIGIN - HOUR)
    await observe(doors, tide, [(ORIGIN, "inner", level(ORIGIN))])
    await watch.look(tide)
    await watch.look(tide)
    assert await work(doors, models, deliveries=2) == 2, "12 rows in parts of 10"
    engine = doors.ingestion.engine
    assert newest_forecast_origin(engine, tide) == ORIGIN
    first = found(doors, tide, WantedForecasts(origin=ORIGIN))
    assert [(row["series"], row["horizon"]) for row in first] == [
        (name, ahead) for name in ("inner", "outer") for ahead in range(1, 7)
    ]
    assert {row["model_version"] for row in first} == {0}
    assert all(row["scores"] is None and row["came_true"] is None for row in first)
    assert [row["prediction"] for row in first if row["series"] == "inner"] == [
        level(ORIGIN + ahead * HOUR) for ahead in range(1, 7)
    ]
    assert first[0]["missing"] == 1
    assert first[0]["time"] == ORIGIN + HOUR

    await observe(doors, tide, [(ORIGIN, "outer", 9.0)])
    await watch.look(tide)
    assert await work(doors, models) == 2
    newest, answered = (
        found(doors, tide, WantedForecasts(versions=versions_, origin=ORIGIN))
        for versions_ in (Versions.NEWEST, Versions.FIRST)
    )
    assert {row["version"] for row in newest} == {2}
    assert [dict(row) for row in answered] == [dict(row) for row in first], "what was answered stays"
    assert newest[6]["prediction"] != answered[6]["prediction"] or newest[9]["prediction"] == 9.0
    assert len(found(doors, tide, WantedForecasts(versions=Versions.ALL, origin=ORIGIN))) == 24
    assert stored(doors, tide) == 24
    await watch.look(tide)
    again = ForecastWatch(ForecastMaker(doors.ingestion.batches), doors.catalog)
    await again.look(tide)
    assert await work(doors, models) == 0, "a process that knows nothing of it makes no other"


async def test_what_comes_true_is_the_label_of_every_forecast_of_its_hour(
    doors: Doors, tide: UseCase, models: ModelCache
) -> None:
    watch = ForecastWatch(ForecastMaker(doors.ingestion.batches), doors.catalog)
    await observe_hours(doors, tide, ORIGIN - 20 * HOUR, ORIGIN)
    await watch.look(tide)
    await work(doors, models)
    await observe_hours(doors, tide, ORIGIN + HOUR, ORIGIN + HOUR)
    await watch.look(tide)
    await work(doors, models)
    await observe(doors, tide, [(ORIGIN + 2 * HOUR, "inner", 30.0)])
    await watch.look(tide)
    engine = doors.ingestion.engine
    window = PerformanceWindow(
        use_case=tide, start=datetime.now(UTC) - HOUR, end=datetime.now(UTC) + HOUR, width=2 * HOUR
    )
    accuracy = {one.horizon: one for one in accuracy_by_horizon(engine, window)[0]}
    assert {horizon: one.labelled for horizon, one in accuracy.items()} == {1: 3, 2: 1}
    expected = level(ORIGIN + 2 * HOUR)
    assert accuracy[2].mae == pytest.approx(30 - expected)
    assert accuracy[1].mae == pytest.approx((30 - expected) / 3)
    assert accuracy[1].baselines.keys() == {"last_value", "season_4", "season_12"}
    assert accuracy[1].coverage == {}
    await observe(doors, tide, [(ORIGIN + 2 * HOUR, "inner", 20.0)])
    await watch.look(tide)
    corrected = {one.horizon: one.mae for one in accuracy_by_horizon(engine, window)[0]}
    assert corrected[2] == pytest.approx(20 - expected), "a correction is the label from then on"
    rows = found(doors, tide, WantedForecasts(series="inner", since=ORIGIN + 2 * HOUR, until=ORIGIN + 3 * HOUR))
    assert {(row["origin"], row["came_true"]) for row in rows} >= {(ORIGIN, 20.0), (ORIGIN + HOUR, 20.0)}
    lines = b"".join(csv_of_forecasts(engine, tide, WantedForecasts(origin=ORIGIN))).decode().splitlines()
    assert lines[0].startswith("series,origin,version,time,horizon,prediction,score_q5")
    assert len(lines) == 13
    told = newest_readings(engine, tide, "inner", ORIGIN, ORIGIN + 3 * HOUR)
    assert [row["reading"] for row in told] == [level(ORIGIN), level(ORIGIN + HOUR), 20.0]


@pytest.mark.parametrize("dies", ["before it sends", "after it sent"])
async def test_a_process_that_dies_on_the_way_loses_no_forecast_and_makes_none_twice(
    doors: Doors, tide: UseCase, models: ModelCache, dies: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await observe_hours(doors, tide, ORIGIN - 20 * HOUR, ORIGIN)
    watch = ForecastWatch(ForecastMaker(doors.ingestion.batches), doors.catalog)

    async def die(self: BatchIngestor, incoming: Any) -> None:
        if dies == "after it sent":
            await ingest(self, incoming)
        raise asyncio.CancelledError

    ingest = BatchIngestor.ingest
    monkeypatch.setattr(BatchIngestor, "ingest", die)
    with pytest.raises(asyncio.CancelledError):
        await watch.look(tide)
    monkeypatch.undo()
    await ForecastWatch(ForecastMaker(doors.ingestion.batches), doors.catalog).look(tide)
    await work(doors, models)
    assert stored(doors, tide) == 12
    assert {row["version"] for row in found(doors, tide, WantedForecasts(versions=Versions.ALL, origin=ORIGIN))} == {1}


async def test_who_asks_gets_the_forecast_or_is_told_why_not(doors: Doors, tide: UseCase, models: ModelCache) -> None:
    engine, maker = doors.ingestion.engine, ForecastMaker(doors.ingestion.batches)
    number = ask(engine, tide.name, None)
    assert answered_request(engine, number) is None
    await maker.answer_requests(tide)
    batch_id, problem = answered_request(engine, number) or (None, None)
    assert batch_id is None
    assert "send observations first" in str(problem)
    await observe_hours(doors, tide, ORIGIN - 20 * HOUR, ORIGIN)
    numbers = [ask(engine, tide.name, origin) for origin in (None, ORIGIN, ORIGIN - 3 * HOUR)]
    await maker.answer_requests(tide)
    batches = [(answered_request(engine, number) or (None,))[0] for number in numbers]
    assert batches[0] == batches[1] != batches[2]
    await work(doors, models)
    assert batches[2] is not None
    ledger = find_batch(engine, batches[2])
    assert ledger is not None
    assert (ledger.predicted, ledger.source.value) == (12, "scheduled")
    with pytest.raises(NothingToForecastError, match="choose another origin"):
        await maker.make(tide, ORIGIN + 40 * HOUR)


async def test_a_model_answers_with_intervals_that_are_compared_with_what_came_true(
    doors: Doors, tide: UseCase, models: ModelCache
) -> None:
    past = observed(tide, versions(700, noise=0.5))
    fitted = fit_known(tide, past, int(past.moments.max()))
    models.put(tide.name, ServedModel(3, "digest", tide.schema_hash, fitted.model))
    watch = ForecastWatch(ForecastMaker(doors.ingestion.batches), doors.catalog)
    await observe_hours(doors, tide, ORIGIN - 20 * HOUR, ORIGIN)
    await watch.look(tide)
    await work(doors, models)
    rows = found(doors, tide, WantedForecasts(origin=ORIGIN))
    assert {row["model_version"] for row in rows} == {3}
    assert all(len(row["scores"]) == 5 and row["scores"][2] == row["prediction"] for row in rows)
    await observe_hours(doors, tide, ORIGIN + HOUR, ORIGIN + 6 * HOUR)
    await watch.look(tide)
    window = PerformanceWindow(
        use_case=tide, start=datetime.now(UTC) - HOUR, end=datetime.now(UTC) + HOUR, width=2 * HOUR
    )
    accuracy = accuracy_by_horizon(doors.ingestion.engine, window)[3]
    assert [one.labelled for one in accuracy] == [2] * 6
    assert all(one.coverage.keys() == {"50", "90"} and one.coverage["50"] <= one.coverage["90"] for one in accuracy)
    shown = {panel["title"]: dashboard_rows(doors.ingestion.engine, tide, panel) for panel in dashboard_panels()}
    assert all(shown.values())
    assert [row["model"] for row in shown["Error by horizon"]] == [pytest.approx(one.mae) for one in accuracy]
    assert [row["last_value"] for row in shown["Error by horizon"]] == [
        pytest.approx(one.baselines["last_value"]) for one in accuracy
    ]
    assert [
        (row["narrowest_interval"], row["widest_interval"]) for row in shown["Share that intervals held by horizon"]
    ] == [(pytest.approx(one.coverage["50"]), pytest.approx(one.coverage["90"])) for one in accuracy]
    assert {row["metric"] for row in shown["Error over time"]} == {"model", "last_value", "season_4", "season_12"}
    assert [row["event_time"] for row in shown["Readings by series"]] == [ORIGIN + 6 * HOUR] * 2
    assert [(row["model_version"], row["labelled"]) for row in shown["Error by model version"]] == [(3, 12)]
    assert [(row["origin"], row["version"]) for row in shown["Forecasts made"]] == [(ORIGIN + 6 * HOUR, 1), (ORIGIN, 1)]
