"""A day at the plant through the real pipeline: what the schedule `monitor` finds, whom it blames, what people are told.

Normal traffic, a shifted sensor, a broken column, silence, and normal traffic again. Rows come by the doors, workers
predict them, and each evaluation is what the schedule runs, with its account and its settings from the environment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
import yaml
from sqlalchemy import exists, select
from typer.testing import CliRunner

from cli.main import build_app
from local_stack.services.airflow import ACCOUNT
from local_stack.services.service import common_settings
from monitoring.monitor import run_monitor
from sql.ledger.batch_ledger import BatchLedger
from sql.profiles.tables import reference_profiles
from tests.support.monitoring.webhook import Webhook, webhook
from tests.support.orchestration.dropped_files import drop
from tests.support.running_stack import RunningStack, audit
from tests.support.waiting import eventually
from training.datasets.equipment_failure import DEFAULT_ROWS, DEFAULT_SEED, generate_inputs
from usecases.contract.catalog import BUNDLED

NAME, TITLE = "night_shift", "Night shift"
SILENCE = timedelta(minutes=10)
WITHIN = 2
"""Evaluations after which something is known at the latest, counted from the commit of the rows."""


@dataclass(frozen=True)
class Plant:
    """A use case of its own on the running product, and people who are told."""

    stack: RunningStack
    people: Webhook

    def file(self, name: str, rows: pd.DataFrame) -> BatchLedger:
        """Drop a file and wait until each of its rows has found its place."""
        batch = drop(self.stack.folders.data, NAME, name, rows.to_csv(index=False).encode())
        return self.stack.wait_done(batch)

    def request(self, rows: pd.DataFrame) -> int:
        """Ask for predictions over HTTP, the other door, and give the status."""
        with self.stack.api() as api:
            return api.post(f"/predict?use_case={NAME}", json=rows.to_dict("records")).status_code

    def can_be_judged(self) -> bool:
        """Return whether it is known what the training data of the served version looks like."""
        with self.stack.engine.connect() as connection:
            return bool(connection.scalar(select(exists().where(reference_profiles.c.use_case == NAME))))

    def evaluate(self, *, after: timedelta = timedelta(0)) -> dict[str, Any]:
        """Do what the schedule does every few minutes, some time from now."""
        found: dict[str, Any] = run_monitor(now=datetime.now(UTC) + after)["use_cases"][NAME]
        return found

    def sees(self, what: str, verdict: str, *, after: timedelta = timedelta(0)) -> dict[str, Any]:
        """Evaluate until a verdict is reached, soon enough; give everything that was found then."""
        reached = []
        for _ in range(WITHIN):
            found = self.evaluate(after=after)
            reached.append(found[what]["verdict"])
            if reached[-1] == verdict:
                return found
        raise AssertionError(f"{what} is {reached} and not {verdict}: {found}")

    def news(self) -> list[tuple[str, str]]:
        """Take what people were told of this use case since they were asked last."""
        heard, self.people.told[:] = self.people.told[:], []
        about = [(one["title"].removeprefix(f"{TITLE}: "), one["message"]) for one in heard if TITLE in one["title"]]
        return [(title, message.split("\n")[0]) for title, message in about]


@pytest.fixture(scope="module")
def plant(own: RunningStack) -> Iterator[Plant]:
    declared = yaml.safe_load((BUNDLED / "equipment_failure" / "usecase.yaml").read_text(encoding="utf-8"))
    folder = own.folders.usecases / NAME
    folder.mkdir(parents=True)
    (folder / "usecase.yaml").write_text(yaml.safe_dump({**declared, "name": NAME, "title": TITLE}), encoding="utf-8")
    # In this process, which has MLflow at hand: a process of its own would spend seconds on that import.
    done = CliRunner().invoke(build_app(), ["train", NAME], env=own.settings)
    assert done.exit_code == 0, done.output
    with webhook() as people, pytest.MonkeyPatch.context() as environment:
        settings = common_settings(own.stack, ACCOUNT)
        settings |= {"SMARTPREDICT_NOTIFY_URLS": people.address, "SMARTPREDICT_WATCH_SILENCE": f"PT{SILENCE.seconds}S"}
        for name, value in settings.items():
            environment.setenv(name, value)
        plant = Plant(own, people)
        eventually(lambda: plant.request(normal(300, 1)) == 200)
        eventually(plant.can_be_judged)
        eventually((own.folders.data / "incoming" / NAME).exists)  # ingestion knows the use case too
        yield plant


def normal(rows: int, thousand: int) -> pd.DataFrame:
    """Take rows of those that the model was trained on, in their order: temperatures wander, tools wear."""
    return generate_inputs(DEFAULT_ROWS, DEFAULT_SEED).iloc[1_000 * thousand :][:rows].copy()


def test_a_day_at_the_plant(plant: Plant) -> None:
    plant.file("morning.csv", normal(900, 2))
    found = plant.sees("drift", "stable")
    assert (found["quality"]["verdict"], found["freshness"]["verdict"]) == ("good", "fresh")
    assert plant.news() == []

    # A sensor is shifted: its column, its file and its door are named, not the requests that came meanwhile.
    shifted = normal(900, 3)
    shifted["torque_nm"] += 15
    plant.file("line-3.csv", shifted)
    assert plant.request(normal(300, 4)) == 200
    found = plant.sees("drift", "drifted")
    cause = found["drift"]["features"][0]
    assert cause["feature"] == "torque_nm"
    assert cause["mean_shift"] > 0.3
    assert cause["batches"]["line-3.csv"] > 0.9
    assert cause["sources"]["file"] > 0.9
    ((title, message),) = plant.news()
    assert title == "the rows no longer look like the training data"
    assert message.startswith("torque_nm moved")
    assert "it comes from line-3.csv (file)" in message
    plant.evaluate()
    assert plant.news() == []

    # A column breaks upstream: not a row of the file is good.
    broken = normal(400, 5).assign(air_temperature_k="offline")
    ledger = plant.file("line-4.csv", broken)
    assert (ledger.quarantined, ledger.predicted) == (400, 0)
    found = plant.sees("quality", "bad")
    assert found["quality"]["files"] == ["line-4.csv"]
    ((title, message),) = plant.news()
    assert title == "bad rows arrive"
    assert "most often air_temperature_k type (400), in line-4.csv" in message
    plant.evaluate()
    assert plant.news() == []

    # Nothing arrives any more.
    later = SILENCE + timedelta(minutes=1)
    found = plant.sees("freshness", "silent", after=later)
    ((title, message),) = plant.news()
    assert title == "nothing arrives"
    assert "11 minutes ago" in message
    plant.evaluate(after=later)
    assert plant.news() == []

    # Rows come again.
    plant.file("evening.csv", normal(300, 6))
    plant.sees("freshness", "fresh")
    ((title, _),) = plant.news()
    assert title == "something arrives again"
    plant.evaluate()
    assert plant.news() == []
    audit(plant.stack)
