"""A schedule that waits for rows: the one of the documentation, started by what workers tell."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.support.orchestration.airflow import OWN, Airflow
from tests.support.orchestration.dropped_files import NIGHTLY, drop, good_file
from tests.support.waiting import eventually

PREDICT, ROWS = "scheduled_predictions", 90


@pytest.fixture
def listening(airflow: Airflow) -> Iterator[Airflow]:
    """Wait until Airflow's triggerer listens, and have it start nothing any more at the end."""
    airflow.wait_known(OWN, PREDICT)
    rabbitmq = airflow.stack.stack.rabbitmq
    assert rabbitmq is not None
    queue = f"{rabbitmq.management_url}/api/queues/%2F/downstream.airflow"

    def listens() -> bool:
        answer = httpx.get(queue, auth=rabbitmq.credentials(), timeout=30)
        return answer.status_code == httpx.codes.OK and bool(answer.json().get("consumers"))

    eventually(listens, 120)
    yield airflow
    airflow.api.patch(f"/dags/{OWN}", json={"is_paused": True}).raise_for_status()


def counted(airflow: Airflow) -> int:
    """Sum up what the runs that were started by events were told."""
    runs = airflow.get(f"/dags/{OWN}/dagRuns")["dag_runs"]
    done = [run["dag_run_id"] for run in runs if (run["run_type"], run["state"]) == ("asset_triggered", "success")]
    results = [airflow.get(f"/dags/{OWN}/dagRuns/{run}/taskInstances/count/xcomEntries/return_value") for run in done]
    return sum(int(result["value"]) for result in results)


def test_it_starts_when_rows_are_stored_and_is_told_how_many(listening: Airflow) -> None:
    before = counted(listening)
    batch = drop(listening.stack.folders.data, NIGHTLY, "told.csv", good_file(ROWS, seed=56))
    listening.trigger(PREDICT)
    listening.stack.wait_done(batch)
    eventually(lambda: counted(listening) >= before + ROWS, 120)
