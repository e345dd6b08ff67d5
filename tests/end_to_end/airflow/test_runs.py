"""Every schedule, run to its end by `dag.test()` against real servers."""

from __future__ import annotations

from pathlib import Path

from tests.support.monitoring.webhook import Webhook
from tests.support.orchestration.airflow import Airflow
from tests.support.orchestration.dropped_files import DEFAULT, NIGHTLY, drop, good_file, half_bad_file


def test_a_new_file_is_predicted_by_schedule(airflow: Airflow, tmp_path: Path) -> None:
    batch = drop(tmp_path / "data", NIGHTLY, "new.csv", good_file(200, seed=11))
    run = airflow.start("scheduled_predictions", tmp_path).finished()
    assert run.tasks == {"check_for_new_data": "success", "make_predictions": "success"}
    assert airflow.stored(batch) == (200, 200, "scheduled")
    assert (run.results["make_predictions"]["files"], run.results["make_predictions"]["rows"]) == (1, 200)


def test_without_a_file_the_runs_are_skipped(airflow: Airflow, tmp_path: Path) -> None:
    one = airflow.start("scheduled_predictions", tmp_path / "one")
    two = airflow.start("ingest_files", tmp_path / "two")
    assert one.finished().tasks == {"check_for_new_data": "skipped", "make_predictions": "skipped"}
    assert two.finished().tasks == {"take_in": "skipped", "alert": "skipped"}


def test_a_bad_half_is_told_once_and_keeps_no_good_row_waiting(airflow: Airflow, tmp_path: Path, told: Webhook) -> None:
    data = tmp_path / "data"
    good = [drop(data, NIGHTLY, f"good-{number}.csv", good_file(50, seed=20 + number)) for number in range(3)]
    partly = drop(data, NIGHTLY, "partly.csv", half_bad_file(60, seed=30))
    drop(data, NIGHTLY, "broken.csv", b"what,is,this\n1,2,3\n")
    drop(data, NIGHTLY, "empty.csv", b"")
    before = len(told.told)
    run = airflow.start("scheduled_predictions", tmp_path).finished()
    assert run.tasks["make_predictions"] == "success"
    assert [airflow.stored(batch)[:2] for batch in good] == [(50, 50)] * 3
    assert airflow.stored(partly)[:2] == (40, 40)
    report = run.results["make_predictions"]
    assert {refused["name"] for refused in report["refused"]} == {"broken.csv", "empty.csv"}
    assert report["bad_rows"] == 20
    # The stack's own schedules run meanwhile and tell of other things.
    (news,) = [news for news in told.told[before:] if "broken.csv" in news["message"]]
    assert "partly.csv" in news["message"]
    assert list((data / "bad_data").rglob("broken.csv*"))


def test_two_overlapping_runs_predict_nothing_twice(airflow: Airflow, tmp_path: Path) -> None:
    data = tmp_path / "data"
    dropped = [drop(data, NIGHTLY, f"{number}.csv", good_file(40, seed=100 + number)) for number in range(30)]
    for home in ("one", "two"):
        (tmp_path / home).mkdir()
    runs = [
        airflow.start("scheduled_predictions", tmp_path / home, SMARTPREDICT_DATA=str(data)) for home in ("one", "two")
    ]
    for run in runs:
        assert run.finished().state == "success"
    assert [airflow.stored(batch)[:2] for batch in dropped] == [(40, 40)] * 30


def test_ingest_files_leaves_to_the_other_schedule_what_is_its_own(airflow: Airflow, tmp_path: Path) -> None:
    data = tmp_path / "data"
    arrived = drop(data, DEFAULT, "arrived.csv", good_file(30, seed=41))
    drop(data, NIGHTLY, "waits.csv", good_file(30, seed=42))
    run = airflow.start("ingest_files", tmp_path).finished()
    assert run.tasks == {"take_in": "success", "alert": "skipped"}
    airflow.stack.wait_done(arrived)
    assert airflow.stored(arrived, DEFAULT) == (30, 30, "file")
    assert (data / "incoming" / NIGHTLY / "waits.csv").exists()


def test_after_all_of_it_the_ledger_balances(airflow: Airflow) -> None:
    assert airflow.balances()
