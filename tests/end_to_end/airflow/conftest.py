"""A stack with Airflow: what `make up` starts, with one use case that is predicted by schedule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest
import yaml

from local_stack.machine.folders import Folders
from tests.support.command import smartpredict
from tests.support.monitoring.webhook import Webhook, webhook
from tests.support.orchestration.airflow import Airflow, documented_dag, documented_schedule, make_airflow_home
from tests.support.orchestration.dropped_files import NIGHTLY
from tests.support.pipeline import install_model
from tests.support.running_stack import RunningStack, remember_ports
from tests.support.servers import server_folder
from usecases.contract.catalog import BUNDLED, load_catalog

LEFT_OUT: Final = ("gateway", "ui", "ingestion", "trainer", "prometheus")


@pytest.fixture(scope="session")
def told() -> Iterator[Webhook]:
    """Where people are told of what schedules find."""
    with webhook() as listening:
        yield listening


@pytest.fixture(scope="session")
def airflow(_nothing_survives: None, shared: ExitStack, told: Webhook) -> Airflow:
    return shared.enter_context(_running_airflow(told))


@contextmanager
def _running_airflow(told: Webhook) -> Iterator[Airflow]:
    with server_folder() as folder:
        home = folder / "home"
        running = RunningStack(home)
        remember_ports(home)
        migrating = make_airflow_home(folder / "empty")
        catalog = _scheduled_use_case(folder / "usecases")
        for name in ("equipment_failure", NIGHTLY):
            install_model(Folders(home).models, load_catalog(catalog)[name])
        settings = {
            "SMARTPREDICT_USECASES": str(catalog),
            "SMARTPREDICT_NOTIFY_URLS": told.address,
            # No registry: the worker starts from its local copies.
            "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9",
            # A broker that is away fails a task soon, so that Airflow is seen to try again.
            "SMARTPREDICT_SERVER_SECONDS": "PT3S",
            **documented_schedule(),
            **documented_dag(folder / "dags"),
        }
        options = [option for name in LEFT_OUT for option in ("--without", name)]
        try:
            started = smartpredict("up", *options, home=home, settings=settings)
            assert started.returncode == 0, started.stderr
            assert migrating.wait(120) == 0, (folder / "migrate.log").read_text()
            airflow = Airflow(running, folder / "empty")
            yield airflow
            airflow.close()
        finally:
            stopped = smartpredict("down", "--delete-data", home=home)
            assert stopped.returncode == 0, stopped.stderr


def _scheduled_use_case(folder: Path) -> Path:
    declared = yaml.safe_load((BUNDLED / "equipment_failure" / "usecase.yaml").read_text(encoding="utf-8"))
    (folder / NIGHTLY).mkdir(parents=True)
    (folder / NIGHTLY / "usecase.yaml").write_text(
        yaml.safe_dump({**declared, "name": NIGHTLY, "title": "Nightly checks", "mode": "scheduled"}), encoding="utf-8"
    )
    return folder
