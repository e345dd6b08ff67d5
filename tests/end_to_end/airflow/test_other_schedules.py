"""The schedules beside the data: models, monitoring, upkeep, traffic."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from tests.support.orchestration.airflow import Airflow
from tests.support.orchestration.dropped_files import DEFAULT


def test_a_new_version_is_trained_and_promoted_when_it_is_good(
    airflow: Airflow, mlflow_url: str, tmp_path: Path
) -> None:
    run = airflow.start("retrain", tmp_path, SMARTPREDICT_MLFLOW_URL=mlflow_url).finished()
    assert run.tasks == {"check_data": "success", "train": "success", "promote": "success"}
    trained, promoted = run.results["train"], run.results["promote"]
    assert trained["report"].startswith(mlflow_url)
    assert (promoted["version"], promoted["promoted"]) == (trained["version"], True)
    assert "metrics" in promoted["gates"]


def test_every_use_case_is_judged(airflow: Airflow, tmp_path: Path) -> None:
    run = airflow.start("monitor", tmp_path).finished()
    assert run.tasks == {"judge": "success"}
    assert DEFAULT in run.results["judge"]["use_cases"]


def test_upkeep_is_done_and_the_ledger_balances(airflow: Airflow, tmp_path: Path) -> None:
    run = airflow.start("maintenance", tmp_path).finished()
    assert set(run.tasks.values()) == {"success"}
    assert run.results["audit"]["balanced"] is True
    assert run.results["audit"]["broker_counts_complete"] is True, "what workers hold is counted too"


def test_simulated_traffic_arrives(airflow: Airflow, tmp_path: Path) -> None:
    wanted = {"seconds": 2, "rows_per_second": 20, "bad_share": 0.1, "doors": ["file"], "drift": "torque_nm=1"}
    run = airflow.start("simulate_traffic", tmp_path, wanted).finished()
    sent = run.results["send"]["file"]
    assert sent["rows"] == sent["good"] + sent["bad"] == 40
    assert all(UUID(batch) for batch in sent["batches"])
    assert (
        len(list((tmp_path / "data" / "incoming" / DEFAULT).iterdir())) == len(sent["batches"]) + sent["broken_files"]
    )
