"""The schedules of a forecast, one after another: observations are pulled, forecast from, and the forecast is exported."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
from sqlalchemy.engine import make_url

from broker.administration.provisioning import declare_topology
from inference_worker.model_cache import ModelCache
from sql.base.engine import connect_engine
from sql.base.roles import ROLES, role_name
from sql.provision import prepare_database
from sql.registry.live_catalog import registered_catalog
from tests.support.documents import code_of
from tests.support.ingestion.baseline_worker import score_waiting_parts
from tests.support.ingestion.readings_api import PATH, REGIONS, readings_api
from tests.support.orchestration.airflow import Airflow
from tests.support.usecases.pulled import pulled_use_case
from tests.support.waiting import eventually

HOUR = timedelta(hours=1)
NEWEST = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 6 * HOUR
FIRST = NEWEST - 30 * HOUR


def test_observations_are_pulled_forecast_and_exported_by_schedules(
    airflow: Airflow, database_url: str, broker_url: str, tmp_path: Path
) -> None:
    with readings_api() as api:
        for number in range(31):
            api.tell(FIRST + number * HOUR, float(number))
        use_case = pulled_use_case(api.url + PATH, FIRST.date())
        prepare_database(database_url, [use_case], {role: f"secret-of-{role}" for role in ROLES})
        asyncio.run(declare_topology(broker_url))
        account = {"options": f"-c role={role_name('orchestration')}"}
        settings = {
            "SMARTPREDICT_DATABASE_URL": make_url(database_url)
            .update_query_dict(account)
            .render_as_string(hide_password=False),
            "SMARTPREDICT_BROKER_URL": broker_url,
        }
        idle = airflow.start("export", tmp_path / "idle", None, **settings)
        pulled = airflow.start("pull_observations", tmp_path / "pull", None, **settings).finished()
        assert pulled.results["pull"][use_case.name]["observed"] == 31 * len(REGIONS)
    assert idle.finished().tasks == {"export_days": "skipped"}, "nobody said where to"

    engine, models = connect_engine(database_url, "test"), ModelCache()
    models.answer_by(use_case.name, "last_value")
    forecasting = airflow.start("forecast", tmp_path / "forecast", None, **settings)
    eventually(lambda: asyncio.run(score_waiting_parts(engine, broker_url, registered_catalog(engine), models)), 120)
    made = forecasting.finished().results["make_forecasts"]
    engine.dispose()
    assert made["forecasts"] == {use_case.name: f"{NEWEST:%Y-%m-%dT%H:%M:%SZ}, version 1"}

    since = {"first_day": str((datetime.now(UTC) - timedelta(days=1)).date())}
    target = {"SMARTPREDICT_EXPORT_URL": str(tmp_path / "exports")}
    exported = airflow.start("export", tmp_path / "export", since, **settings, **target).finished()
    assert exported.results["export_days"][use_case.name]["rows"] == 3 * len(REGIONS)
    query = code_of("docs/exports.md", "sql")[1].replace("/srv/exports", target["SMARTPREDICT_EXPORT_URL"])
    found = duckdb.execute(query.replace("pm25", use_case.name)).fetchall()
    assert [(region, time, origin, value) for region, time, origin, value, _, _ in found] == [
        (region, NEWEST + ahead * HOUR, NEWEST, 30.0 + place)
        for place, region in enumerate(REGIONS)
        for ahead in (1, 2, 3)
    ]
