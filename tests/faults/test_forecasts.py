"""A forecast's way from its source to its accuracy: each process on it is killed, and nothing is lost or twice."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
import yaml
from sqlalchemy import Select, func, select

from local_stack.machine.folders import CHECKOUT
from sql.forecasts.tables import forecasts
from sql.labels.tables import labels
from sql.observations.tables import observation_table
from sql.predictions.tables import prediction_table
from sql.registry.registration import register
from sql.registry.workers import alive_workers
from tests.support.command import smartpredict
from tests.support.ingestion.readings_api import PATH, REGIONS, ReadingsApi, readings_api
from tests.support.orchestration.exported import exported
from tests.support.orchestration.object_store import BUCKET, ObjectStore, object_store
from tests.support.running_stack import RunningStack, audit
from tests.support.usecases.pulled import pulled_content
from tests.support.waiting import eventually
from usecases.contract.spec import UseCase

HOUR = timedelta(hours=1)
NEWEST = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 8 * HOUR
"""Newest reading when the first forecast is made, long past so that its delay has gone by."""
HISTORY = NEWEST - timedelta(days=12)
TARGET = f"s3://{BUCKET}/forecasts"


@dataclass(frozen=True)
class Line:
    """A stack, a source, a bucket, and the forecast between them."""

    stack: RunningStack
    api: ReadingsApi
    store: ObjectStore
    use_case: UseCase

    @property
    def settings(self) -> dict[str, str]:
        return self.store.settings | {"SMARTPREDICT_EXPORT_URL": TARGET}

    def tell(self, first: datetime, last: datetime) -> None:
        """Have the readings of some hours told: a course of the day that a reading of the day before knows badly."""
        for number in range((last - first) // HOUR + 1):
            hour = first + number * HOUR
            chance = random.Random(hour.isoformat())  # noqa: S311  # readings are no secrets
            level = 20 + 8 * math.sin(hour.hour / 24 * math.tau) + chance.gauss(0, 2)
            self.api.tell(hour, round(level, 1))

    def command(self, *arguments: str) -> str:
        """Run a command that has to succeed."""
        done = smartpredict(*arguments, home=self.stack.home, settings=self.settings)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def killed(self, when: Callable[[], Any], *arguments: str) -> None:
        """Run a command and kill it at a moment."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMARTPREDICT_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", *arguments],
            env=inherited | {"SMARTPREDICT_HOME": str(self.stack.home)} | self.settings,
            cwd=CHECKOUT,
        )
        try:
            eventually(when, 120)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(30)
        assert process.returncode == -signal.SIGKILL, "it was in the midst of it"

    def count(self, query: Select[int, int]) -> int:
        """Return how many rows there are, none of them twice."""
        with self.stack.engine.connect() as connection:
            rows, different = connection.execute(query).one()
        assert rows == different
        return int(rows)

    def observed(self) -> int:
        table = observation_table(self.use_case)
        key = func.row(table.c.series, table.c.event_time).distinct()
        return self.count(select(func.count(), func.count(key)).select_from(table))

    def predicted(self) -> int:
        table = prediction_table(self.use_case)
        key = func.row(table.c.batch_id, table.c.row_number).distinct()
        return self.count(select(func.count(), func.count(key)).select_from(table))

    def labelled(self) -> int:
        table = prediction_table(self.use_case)
        found = select(func.count(), func.count(labels.c.prediction_id.distinct()))
        return self.count(found.select_from(labels.join(table, table.c.id == labels.c.prediction_id)))

    def promised(self) -> int:
        """Return how many rows the forecasts have that were written down."""
        query = select(func.coalesce(func.sum(forecasts.c.rows), 0)).where(forecasts.c.use_case == self.use_case.name)
        with self.stack.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def forecasts_from(self, origin: datetime) -> int:
        query = select(func.count()).where(forecasts.c.use_case == self.use_case.name, forecasts.c.origin == origin)
        with self.stack.engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def wait_stored(self, origin: datetime) -> None:
        """Wait until there is a forecast from an origin and all that was promised is stored."""
        eventually(lambda: self.forecasts_from(origin) and self.predicted() == self.promised(), 120)
        assert self.forecasts_from(origin) == 1

    def serves(self, version: int) -> bool:
        served = [worker.models.get(self.use_case.name) for worker in alive_workers(self.stack.engine)]
        return bool(served) and set(served) == {version}


@pytest.fixture
def line(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    options = {"lags": [1, 2, 3], "seasons": [24], "calendar": ["hour"], "intervals": [80], "training_rows": 4_000}
    with ExitStack() as around:
        api, store = around.enter_context(readings_api()), around.enter_context(object_store())
        api.page_hours = 24
        for name, value in store.settings.items():
            monkeypatch.setenv(name, value)
        content = pulled_content(api.url + PATH, HISTORY.date(), forecast=options)
        content["training"] = {"rounds": 40, "max_depth": 3, "early_stopping_rounds": 5}
        folder = stack.folders.usecases / content["name"]
        folder.mkdir(parents=True)
        (folder / "usecase.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        use_case = UseCase.model_validate_json(json.dumps(content))
        with stack.engine.begin() as connection:
            register(connection, use_case)
        yield Line(stack, api, store, use_case)
    stack.wait_whole(60)


def test_a_forecast_loses_nothing_and_repeats_nothing_whatever_is_killed_between_source_and_accuracy(
    line: Line,
) -> None:
    name, hours = line.use_case.name, (NEWEST - HISTORY) // HOUR + 1
    line.tell(HISTORY, NEWEST)

    # The pull: killed while it asks again for a day that the interface does not tell.
    broken = str((NEWEST - timedelta(days=4)).date())
    for _ in range(5):
        line.api.fail(broken, 503)
    line.killed(lambda: broken in line.api.days_asked(), "pull", name)
    line.api.faults.clear()
    line.command("pull", name)
    assert line.observed() == hours * len(REGIONS)
    line.wait_stored(NEWEST)

    # A model of what was observed, so that there are intervals.
    assert "Version 1 is champion" in line.command("train", name)
    eventually(lambda: line.serves(1), 60)

    # The forecast: ingestion is killed once it is written down, then the worker that would store it.
    origin = NEWEST + HOUR
    line.tell(origin, origin)
    line.command("pull", name)
    eventually(lambda: line.forecasts_from(origin), 60)
    line.stack.kill("ingestion")
    line.stack.kill("worker-1")
    line.wait_stored(origin)
    line.stack.wait_whole(60)

    # The export: killed between a file and the manifest that names it.
    line.store.held_up = "_manifest.json"
    today = str((datetime.now(UTC) - timedelta(days=1)).date())
    line.killed(line.store.waiting.is_set, "export", name, "--from", today)
    line.store.held_up = None
    line.command("export", name, "--from", today)
    assert exported(TARGET, line.use_case).num_rows == line.predicted()

    # What came true: ingestion is killed as soon as it is there.
    line.tell(origin + HOUR, origin + 3 * HOUR)
    line.command("pull", name)
    line.stack.kill("ingestion")
    line.wait_stored(origin + 3 * HOUR)
    line.stack.kill("gateway")
    line.stack.wait_whole(60)
    eventually(lambda: line.labelled() == came_true(line), 60)
    assert line.observed() == (hours + 4) * len(REGIONS)

    by_version = {found["model_version"]: found for found in performance(line)["versions"]}
    for found in by_version[1]["by_horizon"]:
        assert found["labelled"] >= len(REGIONS)
        assert 0 < found["mae"] < 15
        assert 0 <= found["coverage"]["80"] <= 1
    assert len(by_version[1]["by_horizon"]) == 3

    # What was added since is a further file, and reads back as the documentation says.
    line.command("export", name, "--from", today)
    found = exported(TARGET, line.use_case)
    assert found.num_rows == len(set(found.column("id").to_pylist())) == line.predicted()
    newest = duckdb.execute(
        "select count(*), max(forecast_time), count(score_q50) from found where forecast_origin = ?", [origin]
    ).fetchone()
    assert newest == (3 * len(REGIONS), origin + 3 * HOUR, 3 * len(REGIONS))
    assert audit(line.stack)["balanced"] is True


def came_true(line: Line) -> int:
    """Count the forecasts of hours that were observed since."""
    table, observed = prediction_table(line.use_case), observation_table(line.use_case)
    hour = forecasts.c.origin + table.c.horizon * HOUR
    query = (
        select(func.count())
        .select_from(table.join(forecasts, forecasts.c.batch_id == table.c.batch_id))
        .join(observed, (observed.c.event_time == hour) & (observed.c.series == table.c.region))
    )
    with line.stack.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def performance(line: Line) -> dict[str, Any]:
    """Ask the gateway how good the forecasts were."""
    with line.stack.api() as api:
        answer = api.get("/monitoring/metrics", params={"use_case": line.use_case.name})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
