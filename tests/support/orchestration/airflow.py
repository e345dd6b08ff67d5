"""Airflow in tests: the one of a running stack over its API, and single DAGs run to their end by `dag.test()`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
from sqlalchemy import func, select

from local_stack.machine.folders import CHECKOUT
from local_stack.processes.supervisor_config import launch_file
from local_stack.services.service_list import list_services
from sql.predictions.tables import prediction_table
from tests.support.command import smartpredict
from tests.support.documents import code_of, commands_of
from tests.support.orchestration.dropped_files import NIGHTLY
from tests.support.pipeline import EQUIPMENT
from tests.support.running_stack import RunningStack
from tests.support.waiting import eventually

PYTHON: Final = CHECKOUT / ".venv-airflow" / "bin" / "python"
RUN_DAG: Final = "tests.support.orchestration.run_dag"
FINISHED: Final = {"success", "failed"}

OWN: Final = "after_predictions"
"""A schedule of somebody's own, in a folder of its own: the one that the page on schedules shows."""


@dataclass(frozen=True)
class Run:
    """What became of a run: its state, and that of its tasks."""

    state: str
    tasks: Mapping[str, str]
    results: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Airflow:
    """The Airflow of a running stack, and its settings for runs beside it."""

    stack: RunningStack
    empty_home: Path
    """A home with a fresh database, which runs beside the stack's Airflow copy."""

    @cached_property
    def settings(self) -> dict[str, str]:
        """What the tasks of this stack are given."""
        launch = json.loads(launch_file(self.stack.folders, "airflow-scheduler").read_text())
        return dict(launch["environment"])

    @cached_property
    def api(self) -> httpx.Client:
        """Airflow's API, signed in with the generated password."""
        address = self.address
        person = {"username": "admin", "password": self.stack.stack.secrets.secret("airflow", "admin")}
        token = httpx.post(f"{address}/auth/token", json=person, timeout=30).raise_for_status().json()["access_token"]
        return httpx.Client(base_url=f"{address}/api/v2", headers={"Authorization": f"Bearer {token}"}, timeout=30)

    @cached_property
    def runner(self) -> subprocess.Popen[str]:
        """The process that runs DAGs beside the stack's Airflow."""
        return subprocess.Popen(
            [str(PYTHON), "-m", RUN_DAG],
            env=inherited() | airflow_home(self.empty_home),
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """Close its connections, and end the process that runs DAGs."""
        self.runner.communicate(timeout=60)
        self.api.close()
        self.stack.engine.dispose()

    @cached_property
    def address(self) -> str:
        return next(service.url for service in list_services(self.stack.stack) if service.name == "airflow")

    def get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.api.get(path).raise_for_status().json()
        return answer

    def wait_known(self, *dags: str) -> None:
        """Wait until Airflow has read these schedules."""
        eventually(lambda: set(dags) <= {found["dag_id"] for found in self.get("/dags")["dags"]}, 120)

    def trigger(self, dag: str) -> str:
        """Start a run now and give its id."""
        started = self.api.post(f"/dags/{dag}/dagRuns", json={"logical_date": None}).raise_for_status().json()
        return str(started["dag_run_id"])

    def run(self, dag: str, run_id: str) -> dict[str, Any]:
        return self.get(f"/dags/{dag}/dagRuns/{run_id}")

    def tasks(self, dag: str, run_id: str) -> dict[str, dict[str, Any]]:
        found = self.get(f"/dags/{dag}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return {task["task_id"]: task for task in found}

    def wait_finished(self, dag: str, run_id: str, seconds: float = 180) -> Run:
        """Wait until a run has ended."""
        eventually(
            lambda: self.run(dag, run_id)["state"] in FINISHED, seconds, lambda: str(self.tasks(dag, run_id))[:2000]
        )
        tasks = self.tasks(dag, run_id)
        return Run(self.run(dag, run_id)["state"], {name: str(task["state"]) for name, task in tasks.items()})

    def balances(self) -> bool:
        """Return what the audit says: whether every row is where it should be."""
        done = smartpredict(
            "audit",
            home=self.stack.home,
            settings={"SMARTPREDICT_USECASES": self.settings["SMARTPREDICT_USECASES"]},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return True

    def stored(self, batch: UUID, use_case: str = NIGHTLY) -> tuple[int, int, str]:
        """Count rows and different rows of a batch, and tell through which door they came."""
        table = prediction_table(EQUIPMENT.model_copy(update={"name": use_case}))
        counts = select(func.count(), func.count(table.c.row_number.distinct()), func.min(table.c.source))
        with self.stack.engine.connect() as connection:
            rows, different, source = connection.execute(counts.where(table.c.batch_id == batch)).one()
        return rows, different, source

    def start(self, dag: str, home: Path, conf: Mapping[str, Any] | None = None, **settings: str) -> DagProcess:
        """Start a run of its own, beside the stack's Airflow, with its own database of runs and its own data folder."""
        shutil.copytree(self.empty_home, home / "airflow")
        environment = (
            inherited()
            | self.settings
            | airflow_home(home / "airflow")
            | {"SMARTPREDICT_DATA": str(home / "data"), "SMARTPREDICT_SETTLE_SECONDS": "PT0.2S"}
            | settings
        )
        wanted = {"dag": dag, "conf": dict(conf or {}), "environment": environment, "folder": str(home / "airflow")}
        assert self.runner.stdin is not None
        print(json.dumps(wanted), file=self.runner.stdin, flush=True)
        return DagProcess(home / "airflow")


@dataclass(frozen=True)
class DagProcess:
    """A process that runs one DAG to its end."""

    folder: Path

    def finished(self) -> Run:
        """Wait for its end and tell what became of it."""
        ended = self.folder / "ended"
        eventually(ended.exists, 240, self._output)
        assert ended.read_text() == "0", self._output()
        told = json.loads((self.folder / "told").read_text())
        run = Run(told["state"], told["tasks"], told["results"])
        assert run.state == "success" or "failed" in run.tasks.values(), self._output()
        return run

    def _output(self) -> str:
        return (self.folder / "output").read_text(encoding="utf-8", errors="replace")[-6000:]


def documented_schedule() -> dict[str, str]:
    """Return the setting that the page on schedules starts the stack with, for an example."""
    (command,) = commands_of("docs/scheduling.md")
    found = re.fullmatch(r'(SMARTPREDICT_SCHEDULE_\w+)="([^"]+)" \.venv/bin/smartpredict up', command)
    assert found is not None, command
    return {found[1]: found[2]}


def documented_dag(folder: Path) -> dict[str, str]:
    """Put the schedule that the page on schedules shows into a folder, and return the setting that adds the folder."""
    folder.mkdir()
    (code,) = code_of("docs/scheduling.md", "python")
    (folder / f"{OWN}.py").write_text(code, encoding="utf-8")
    local = {"classpath": "airflow.dag_processing.bundles.local.LocalDagBundle"}
    bundles = [
        {**local, "name": "dags-folder", "kwargs": {}},
        {**local, "name": "own", "kwargs": {"path": str(folder)}},
    ]
    return {"AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles)}


def inherited() -> dict[str, str]:
    """Return what a process of Airflow inherits: none of the caller's settings."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def airflow_home(folder: Path) -> dict[str, str]:
    """Return the settings of an Airflow with its files and its database in this folder."""
    return {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow.db'}",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__CORE__DAGS_FOLDER": str(CHECKOUT / "orchestration" / "dags"),
        "PYTHONPATH": str(CHECKOUT),
    }


def make_airflow_home(folder: Path) -> subprocess.Popen[bytes]:
    """Start making a home with a fresh database."""
    folder.mkdir(parents=True)
    with (folder.parent / "migrate.log").open("wb") as log:
        return subprocess.Popen(
            [str(PYTHON), "-m", "airflow", "db", "migrate"],
            env=inherited() | airflow_home(folder),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
