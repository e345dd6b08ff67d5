"""Jobs are ordered over HTTP by administrators, below the places an operator allows, once for each key."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.integration.gateway.conftest import RunningGateway
from tests.support.pipeline import IRIS


def order(client: httpx.Client, key: str | None = None, **more: Any) -> httpx.Response:
    name = uuid4().hex
    command = {"use_case": "iris", "input": "/srv/lake/in", "output": f"/srv/lake/{name}"} | more
    return client.post("/jobs", json=command, headers={} if key is None else {"Idempotency-Key": key})


@pytest.fixture
def lake(gateway: RunningGateway) -> Path:
    """A folder that jobs may use, with one for their input."""
    folder = gateway.data.parent / "lake" / uuid4().hex
    (folder / "in").mkdir(parents=True)
    return folder


def test_a_job_is_ordered_followed_and_changed(gateway: RunningGateway) -> None:
    with gateway.client("admin") as admin:
        ordered = order(admin)
        assert ordered.status_code == 202, ordered.text
        job = ordered.json()
        place = ordered.headers["Location"]
        assert place == f"/jobs/{job['job_id']}"
        assert (job["state"], job["planned"], job["ordered_by"]) == ("running", False, "admin")
        assert admin.get(place).json() == job
        assert admin.post(f"{place}/pause").json()["state"] == "paused"
        assert admin.get("/jobs", params={"state": "paused", "limit": 1}).json()["jobs"][0]["job_id"] == job["job_id"]
        assert admin.post(f"{place}/resume").json()["state"] == "running"
        assert admin.post(f"{place}/retry").status_code == 200
        cancelled = admin.post(f"{place}/cancel").json()
        assert (cancelled["state"], cancelled["problem"]) == ("cancelled", "cancelled by admin")
        again = admin.post(f"{place}/resume")
        assert (again.status_code, again.json()["code"]) == (409, "job-conflict")
        assert admin.get(f"/jobs/{uuid4()}").json()["code"] == "unknown-job"


def test_pages_of_jobs_hold_each_once(gateway: RunningGateway) -> None:
    with gateway.client("admin") as admin:
        made = {order(admin).json()["job_id"] for _ in range(3)}
        seen: list[str] = []
        cursor = None
        while True:
            page = admin.get("/jobs", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
            seen += [job["job_id"] for job in page["jobs"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def test_the_same_order_sent_again_is_one_job(gateway: RunningGateway) -> None:
    key = uuid4().hex
    with gateway.client("admin") as admin:
        first, second = (order(admin, key, output=f"/srv/lake/{key}") for _ in range(2))
        other = order(admin, key)
        beside = order(admin, output=f"/srv/lake/{key}")
    assert first.json()["job_id"] == second.json()["job_id"]
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key-reused")
    assert (beside.status_code, beside.json()["code"]) == (409, "job-conflict")


def test_a_plan_tells_what_a_job_would_be_and_orders_nothing(gateway: RunningGateway, lake: Path) -> None:
    for number, rows in enumerate((7, 0, 5)):
        columns = {feature.name: [1.5] * rows for feature in IRIS.features}
        pq.write_table(pa.table(columns), lake / "in" / f"day-{number}.parquet", row_group_size=3)
    places = {"input": f"{lake}/in", "output": f"{lake}/out"}
    with gateway.client("admin") as admin:
        before = admin.get("/jobs").json()
        planned = admin.post("/jobs/plan", json={"use_case": "iris", **places})
        assert admin.get("/jobs").json() == before
    told = {"rows": 12, "files": 2, "claims": 2, "rows_per_second": None, "measured_on": 0, "seconds": None}
    assert planned.json() == {"use_case": "iris", **places, **told}
    assert not (lake / "out").exists()


@pytest.mark.parametrize(
    ("given", "output", "told"),
    [("nothing", "out", "There is nothing at"), ("in", "in/out", "lies in"), ("in", "in", "lies in")],
)
def test_a_plan_refuses_what_a_worker_would(
    gateway: RunningGateway, lake: Path, given: str, output: str, told: str
) -> None:
    command = {"use_case": "iris", "input": f"{lake}/{given}", "output": f"{lake}/{output}"}
    with gateway.client("admin") as admin:
        refused = admin.post("/jobs/plan", json=command)
    assert (refused.status_code, refused.json()["code"]) == (422, "job-refused"), refused.text
    assert told in refused.json()["detail"]


def test_a_plan_looks_only_where_jobs_may(gateway: RunningGateway) -> None:
    command = {"use_case": "iris", "input": "/etc", "output": "/srv/lake/out"}
    with gateway.client("admin") as admin, gateway.client("api") as api:
        assert admin.post("/jobs/plan", json=command).json()["code"] == "place-not-allowed"
        assert api.post("/jobs/plan", json=command).status_code == 403


@pytest.mark.parametrize(
    "place",
    [
        "/srv/lake/../secrets", "/srv/lakes/in", "/srv", "lake/in", "file:///srv/lake/in", "s3://lake/machines-of-others",
        "s3://other/machines", "s3://key:secret@lake/machines", "/srv/lake/in?x", "http://srv/lake",
    ],
)  # fmt: skip
@pytest.mark.parametrize("which", ["input", "output"])
def test_nothing_is_read_or_written_elsewhere(gateway: RunningGateway, place: str, which: str) -> None:
    with gateway.client("admin") as admin:
        refused = order(admin, **{which: place})
    assert (refused.status_code, refused.json()["code"]) == (403, "place-not-allowed"), refused.text


def test_only_administrators_order_and_change_jobs(gateway: RunningGateway) -> None:
    with gateway.client("api") as api:
        assert order(api).status_code == 403
        assert api.post(f"/jobs/{uuid4()}/cancel").status_code == 403
        assert api.get("/jobs").status_code == 200
