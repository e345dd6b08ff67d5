"""Rows through every door of the services in containers, as people and programs beyond them send them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import yaml

from cli.demonstration.doors import publish_and_wait
from tests.containers.composed import AIRFLOW, MLFLOW, PROMETHEUS, Composed
from tests.support.orchestration.dropped_files import DEFAULT, NIGHTLY, good_file
from tests.support.pipeline import equipment_rows
from tests.support.session.figures import show
from tests.support.waiting import eventually
from training.datasets.sample_files import write_inference_csv
from usecases.contract.catalog import BUNDLED

pytestmark = pytest.mark.timeout(900)


def test_the_demonstration_goes_through_and_balances(composed: Composed) -> None:
    printed = composed.smartpredict("demo", "--rows", "10000")
    assert "In balance." in printed
    assert {door for door in ("file", "message", "HTTP") if re.search(rf"^\s*{door}\b", printed, re.MULTILINE)} == {
        "file",
        "message",
        "HTTP",
    }, printed


def test_a_file_of_this_machine_is_dropped_by_the_documented_command(composed: Composed, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    write_inference_csv(tmp_path / "rows.csv", 500, seed=15, bad_share=0.02)
    printed = composed.smartpredict("drop", "/files/rows.csv", "--use-case", DEFAULT, files=tmp_path)
    counts = re.search(r"rows in (\d+) = predicted (\d+) \+ quarantined (\d+) \+ dead-lettered 0 \+ pending 0", printed)
    assert counts is not None, printed
    rows_in, predicted, quarantined = (int(count) for count in counts.groups())
    assert (rows_in, predicted + quarantined) == (500, 500)
    assert 0 < quarantined < 50


def test_a_message_from_outside_is_answered(composed: Composed) -> None:
    rows = equipment_rows(20, seed=16).to_pylist()
    answer = publish_and_wait(composed.upstream_url, rows, "from-outside")
    assert (answer["outcome"], answer["rows_accepted"], answer["refused"]) == ("accepted", 20, [])
    batch = UUID(answer["batch_id"])
    eventually(lambda: composed.stored(batch) == (20, 20), 60)


def test_a_request_is_answered_and_one_without_a_key_is_not(composed: Composed) -> None:
    rows = equipment_rows(20, seed=17).to_pylist()
    with composed.api() as api:
        answer = api.post("/predict", json=rows)
        assert answer.status_code == 200, answer.text
        refused = api.post("/predict", json=rows, headers={"Authorization": "Bearer nobody"})
    assert len(answer.json()["predictions"]) == 20
    assert refused.status_code == 401


def test_an_upload_larger_than_the_memory_for_temporary_files_goes_to_the_volume(composed: Composed) -> None:
    header, body = good_file(1_000, seed=18).split(b"\n", 1)
    content = header + b"\n" + body * (1 + 80_000_000 // len(body))
    with composed.api("WEBAPP") as api:
        answer = api.post("/batches", params={"name": "large.csv"}, content=content, timeout=120)
        assert answer.status_code == 202, answer.text
        batch = UUID(answer.json()["batch_id"])
    rows = content.count(b"\n") - 1
    eventually(lambda: composed.predicted(batch) == rows, 300, lambda: str(composed.predicted(batch)))
    show(f"an upload of {len(content) / 1e6:.0f} MB through a container with 64 MB for temporary files: {rows:,} rows")


def test_a_training_is_ordered_over_http_and_carried_out_in_its_container(composed: Composed) -> None:
    with composed.api() as api:
        ordered = api.post("/trainings", params={"use_case": "iris"})
        assert ordered.status_code == 202, ordered.text
        where = ordered.headers["location"]
        eventually(lambda: api.get(where).json()["state"] in {"succeeded", "failed"}, 180)
        ended = api.get(where).json()
    assert (ended["state"], ended["problem"]) == ("succeeded", None)


@pytest.fixture(scope="module")
def airflow(composed: Composed) -> Iterator[httpx.Client]:
    """Airflow's API, signed in with the password that compose.yaml says where to find."""
    told = re.search(r"assword for user 'admin': (\S+)", composed.container("airflow").log(10_000))
    assert told is not None, composed.container("airflow").log()
    person = {"username": "admin", "password": told[1]}
    token = httpx.post(f"{AIRFLOW}/auth/token", json=person, timeout=30).raise_for_status().json()["access_token"]
    with httpx.Client(base_url=f"{AIRFLOW}/api/v2", headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        yield client


def test_every_schedule_is_known_and_none_is_broken(airflow: httpx.Client) -> None:
    wanted = {path.stem for path in (Path(__file__).parents[2] / "orchestration" / "dags").glob("[a-z]*.py")}
    eventually(lambda: wanted <= {dag["dag_id"] for dag in airflow.get("/dags").json()["dags"]}, 120)
    assert airflow.get("/importErrors").json()["import_errors"] == []


def test_a_file_of_a_use_case_of_ones_own_is_predicted_by_schedule(
    composed: Composed, airflow: httpx.Client, tmp_path: Path
) -> None:
    declared = yaml.safe_load((BUNDLED / DEFAULT / "usecase.yaml").read_text(encoding="utf-8"))
    nightly = {**declared, "name": NIGHTLY, "title": "Nightly checks", "mode": "scheduled"}
    (tmp_path / NIGHTLY).mkdir()
    (tmp_path / NIGHTLY / "usecase.yaml").write_text(yaml.safe_dump(nightly), encoding="utf-8")
    composed.add_use_case(tmp_path / NIGHTLY)
    composed.smartpredict("train", NIGHTLY)
    batch = composed.drop("nightly.csv", good_file(100, seed=19), NIGHTLY)
    # Nobody starts the run: the scheduler does, every second minute.
    eventually(lambda: composed.predicted(batch) == 100, 300, composed.container("airflow-scheduler").log)
    assert composed.stored(batch, NIGHTLY) == (100, 100)
    with composed.api() as api:
        assert api.get(f"/batches/{batch}").json()["source"] == "scheduled"
    runs = airflow.get("/dags/scheduled_predictions/dagRuns").json()["dag_runs"]
    assert {run["run_type"] for run in runs} == {"scheduled"}


def test_mlflow_lets_in_whom_it_knows(composed: Composed) -> None:
    question = f"{MLFLOW}/api/2.0/mlflow/registered-models/get?name={DEFAULT}"
    assert httpx.get(question, timeout=30).status_code == 401
    admin = ("admin", composed.settings["SMARTPREDICT_MLFLOW_PASSWORD"])
    assert httpx.get(question, auth=admin, timeout=30).status_code == 200


def test_prometheus_reaches_every_service(composed: Composed) -> None:
    def down() -> list[str]:
        found = httpx.get(f"{PROMETHEUS}/api/v1/targets", timeout=30).json()["data"]["activeTargets"]
        return [f"{one['scrapeUrl']}: {one['lastError']}" for one in found if one["health"] != "up"] or (
            [] if found else ["no target"]
        )

    eventually(lambda: not down(), 60, lambda: "\n".join(down()))


@pytest.mark.parametrize("name", ["worker", "ingestion", "trainer", "gateway", "ui", "mlflow", "airflow-scheduler"])
def test_a_service_has_neither_rights_nor_a_file_system_to_write_to(composed: Composed, name: str) -> None:
    told = composed.container(name).inspect()
    assert told["HostConfig"]["ReadonlyRootfs"] is True
    assert not told["EffectiveCaps"]
    assert composed.container(name).run("id", "-u").strip() != "0"
    assert "no-new-privileges" in told["HostConfig"]["SecurityOpt"]


def test_after_all_of_it_the_ledger_balances(composed: Composed) -> None:
    assert composed.audit()["balanced"] is True
