"""The two main schedules as people have them: started by a running scheduler, and disturbed."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import text

from local_stack.processes.supervisor import Supervisor
from tests.support.orchestration.airflow import OWN, Airflow, documented_schedule
from tests.support.orchestration.dropped_files import DEFAULT, NIGHTLY, drop, good_file, large_file
from tests.support.session.figures import show
from tests.support.waiting import eventually

INGEST, PREDICT = "ingest_files", "scheduled_predictions"


@pytest.fixture(autouse=True)
def _schedules_are_known(airflow: Airflow) -> None:
    airflow.wait_known(INGEST, PREDICT)


def data(airflow: Airflow) -> Path:
    return airflow.stack.folders.data


def test_all_schedules_are_on_but_the_simulation(airflow: Airflow) -> None:
    paused = {dag["dag_id"]: dag["is_paused"] for dag in airflow.get("/dags")["dags"]}
    assert {name for name, is_paused in paused.items() if is_paused} <= {"simulate_traffic", OWN}
    assert airflow.get("/importErrors")["import_errors"] == []


def test_no_schedule_makes_up_for_a_time_before_the_first_start(airflow: Airflow) -> None:
    began = datetime.fromisoformat(airflow.settings["SMARTPREDICT_SCHEDULES_SINCE"])
    runs = airflow.get("/dags/~/dagRuns?limit=100&order_by=logical_date")["dag_runs"]
    early = [
        run["dag_run_id"]
        for run in runs
        if run["run_type"] == "scheduled" and datetime.fromisoformat(run["logical_date"]) < began
    ]
    assert early == []


def test_the_command_of_the_page_changes_when_a_schedule_runs(airflow: Airflow) -> None:
    ((setting, wanted),) = documented_schedule().items()
    changed = setting.removeprefix("SMARTPREDICT_SCHEDULE_").lower()
    airflow.wait_known(changed)
    assert airflow.get(f"/dags/{changed}")["timetable_summary"] == wanted
    assert airflow.get(f"/dags/{PREDICT}")["timetable_summary"] == "*/2 * * * *"


def test_a_file_is_predicted_when_its_time_comes(airflow: Airflow) -> None:
    batch = drop(data(airflow), NIGHTLY, "in-time.csv", good_file(100, seed=51))
    eventually(lambda: airflow.stored(batch)[0] == 100, 240)  # nobody starts the run: the scheduler does
    airflow.stack.wait_done(batch)
    assert airflow.stored(batch) == (100, 100, "scheduled")


def test_a_task_killed_in_the_middle_is_tried_again_and_nothing_is_there_twice(airflow: Airflow) -> None:
    rows = 800_000
    batch = drop(data(airflow), DEFAULT, "killed.csv", large_file(rows, seed=52))
    run = airflow.trigger(INGEST)
    eventually(lambda: airflow.stack.predicted(batch), 120, lambda: str(airflow.tasks(INGEST, run)))
    victim = working(airflow, INGEST)
    psutil.Process(victim["pid"]).kill()
    assert airflow.stack.predicted(batch) < rows
    ledger = airflow.stack.wait_done(batch, 240)
    assert (ledger.rows_in, ledger.predicted) == (rows, rows)
    assert airflow.stored(batch, DEFAULT) == (rows, rows, "file")
    assert airflow.tasks(INGEST, victim["dag_run_id"])[victim["task_id"]]["try_number"] == 2
    assert airflow.balances()


def test_a_broker_that_is_away_fails_a_try_and_not_the_run(airflow: Airflow) -> None:
    supervisor = Supervisor(airflow.stack.folders)
    supervisor.stop(["rabbitmq"])
    try:
        batch = drop(data(airflow), NIGHTLY, "waits-for-broker.csv", good_file(80, seed=53))
        run = airflow.trigger(PREDICT)
        eventually(lambda: tries_again(airflow), 180, lambda: str(airflow.tasks(PREDICT, run)))
    finally:
        supervisor.start(["rabbitmq"])
    airflow.stack.wait_done(batch, 240)
    assert airflow.stored(batch) == (80, 80, "scheduled")
    assert airflow.balances()


def test_a_thousand_small_files_keep_no_other_schedule_waiting(airflow: Airflow) -> None:
    frame = good_file(1_000, seed=54).splitlines()
    began = time.monotonic()
    for number in range(1_000):
        drop(data(airflow), DEFAULT, f"small-{number}.csv", b"\n".join((frame[0], frame[number + 1], b"")))
    airflow.trigger(INGEST)
    eventually(lambda: small_files(airflow) > 0, 120)
    batch = drop(data(airflow), NIGHTLY, "meanwhile.csv", good_file(60, seed=55))
    airflow.trigger(PREDICT)
    airflow.stack.wait_done(batch, 180)
    meanwhile, ingested = time.monotonic() - began, small_files(airflow)
    eventually(lambda: small_files(airflow) == 1_000, 240, lambda: str(small_files(airflow)))
    show(  # a busy machine makes them larger
        f"1,000 small files: {time.monotonic() - began:.1f} s; a scheduled file among them was predicted after "
        f"{meanwhile:.1f} s, when {ingested} of them were in"
    )
    assert airflow.balances()


def working(airflow: Airflow, dag: str) -> dict[str, Any]:
    """Return the task of a schedule that works right now."""
    found: list[dict[str, Any]] = airflow.get(f"/dags/{dag}/dagRuns/~/taskInstances?state=running")["task_instances"]
    return next(task for task in found if task["pid"])


def tries_again(airflow: Airflow) -> bool:
    """Return whether a task of a scheduled prediction has failed a try and waits for the next."""
    found = airflow.get(f"/dags/{PREDICT}/dagRuns/~/taskInstances?state=up_for_retry")["task_instances"]
    return any(task["task_id"] == "make_predictions" for task in found)


def small_files(airflow: Airflow) -> int:
    query = (
        "select count(*) from smartpredict.batch_ledger "
        "where name like 'small-%' and state = 'ingested' and predicted = 1 and pending = 0"
    )
    with airflow.stack.engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())
