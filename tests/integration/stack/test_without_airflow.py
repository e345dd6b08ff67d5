"""A stack whose Airflow does not come up, or not in time: everything else predicts, and people are told."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import pytest

from local_stack import start
from local_stack.machine.folders import CHECKOUT, Folders
from local_stack.processes.supervisor import Supervisor
from local_stack.services import health
from local_stack.services.service_list import list_services
from local_stack.stack import Stack
from tests.support.command import smartpredict
from tests.support.pipeline import EQUIPMENT, install_model
from tests.support.running_stack import remember_ports
from tests.support.servers import server_folder
from tests.support.waiting import eventually
from usecases.checking.row_model import example_row

LEFT_OUT = ("mlflow", "ingestion", "trainer", "prometheus")
REST = {"worker-1", "gateway", "ui"}
AIRFLOW = {"airflow", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"}
TOLD = "Everything but the schedules runs. See how Airflow does: smartpredict status"


@dataclass(frozen=True)
class Started:
    """A stack that was started, and what its start said."""

    stack: Stack
    settings: dict[str, str]
    up: CompletedProcess[str]

    @property
    def database(self) -> Path:
        """Where Airflow keeps its tables beside a PostgreSQL that is not ours."""
        return self.stack.folders.home / "airflow" / "airflow.db"

    def pids(self) -> dict[str, int]:
        return {info.name: info.pid for info in Supervisor(self.stack.folders).processes()}

    def predicts(self) -> bool:
        """Predict a row by the gateway, and return whether the page is there as well."""
        url = self.stack.owner_settings()["SMARTPREDICT_GATEWAY_URL"]
        answer = httpx.post(
            f"{url}/predict",
            params={"use_case": EQUIPMENT.name},
            headers={"X-API-Key": self.stack.api_key("api")},
            json=[example_row(EQUIPMENT)],
            timeout=30,
        )
        page = next(service.health_url for service in list_services(self.stack) if service.name == "ui")
        return answer.status_code == httpx.codes.OK and isinstance(health.check(page), health.Ready)


@pytest.fixture(scope="module")
def started(database_url: str, broker_url: str) -> Iterator[Started]:
    """A stack that begins with half a file in place of Airflow's database, as a full disk leaves one behind."""
    with server_folder() as folder:
        home = folder / "home"
        remember_ports(home)
        install_model(Folders(home).models)
        (home / "airflow").mkdir()
        (home / "airflow" / "airflow.db").write_bytes(b"SQLite for" * 100)
        settings = {
            "SMARTPREDICT_DATABASE_URL": database_url,
            "SMARTPREDICT_BROKER_URL": broker_url,
            "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9",  # the worker starts from its local copies
        }
        options = [option for name in LEFT_OUT for option in ("--without", name)]
        try:
            up = smartpredict("up", *options, home=home, settings=settings)
            assert up.returncode == 0, up.stderr
            yield Started(Stack.remembered(Folders(home)), settings, up)
        finally:
            stopped = smartpredict("down", "--delete-data", home=home)
            assert stopped.returncode == 0, stopped.stderr


def test_the_rest_runs_where_airflow_cannot_be_prepared(started: Started) -> None:
    said = " ".join(started.up.stderr.split())
    assert "Airflow's database cannot be prepared" in said
    assert "file is not a database" in said
    assert TOLD in said
    assert "SmartPredict is up" in started.up.stdout
    eventually(started.predicts)


def test_status_tells_how_airflow_does(started: Started) -> None:
    told = smartpredict("status", home=started.stack.folders.home)
    assert told.returncode == 1
    rows = [[cell.strip() for cell in line.split("│")] for line in told.stdout.splitlines() if "│" in line]
    found = {row[1]: (row[2], row[3]) for row in rows}
    assert {found[name] for name in AIRFLOW} == {("stopped", "no answer")}
    assert {found[name][0] for name in REST} == {"running"}


@pytest.fixture
def impatient_up(started: Started, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Start what does not run, with two seconds for Airflow while somebody keeps its tables locked; returns what was said last."""
    monkeypatch.setattr(start, "_AIRFLOW_SECONDS", 2)
    for name, value in {"SMARTPREDICT_HOME": str(started.stack.folders.home), **started.settings}.items():
        monkeypatch.setenv(name, value)
    started.database.unlink(missing_ok=True)
    said: list[str] = []

    def up() -> str:
        start.up(start.Options(), said.append)
        return said[-1]

    with closing(sqlite3.connect(started.database)) as somebody:
        somebody.execute("begin exclusive")
        yield up


def test_the_rest_goes_on_where_preparing_airflow_takes_too_long(
    started: Started, impatient_up: Callable[[], str]
) -> None:
    before = started.pids()
    told = f"Airflow's database was not prepared within 2 s. `smartpredict up` tries it again.\n{TOLD}"
    assert impatient_up() == told
    assert started.pids() == before
    assert {name for name, pid in before.items() if pid} == REST
    assert started.predicts()


def test_the_rest_goes_on_where_airflow_does_not_answer_in_time(
    started: Started, impatient_up: Callable[[], str]
) -> None:
    prepared = hashlib.sha256((CHECKOUT / "requirements" / "airflow.txt").read_bytes()).hexdigest()
    (started.database.parent / "migrated").write_text(prepared)
    before = started.pids()
    told = impatient_up()
    assert told.startswith("airflow did not answer within 2 s.\nThe end of ")
    assert told.endswith(TOLD)
    after = started.pids()
    assert {name: after[name] for name in REST} == {name: before[name] for name in REST}
    assert started.predicts()
