"""Jobs are ordered over HTTP by administrators, below the places an operator allows, once for each key."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.integration.gateway.conftest import RunningGateway


def order(client: httpx.Client, key: str | None = None, **more: Any) -> httpx.Response:
    name = uuid4().hex
    command = {"use_case": "iris", "input": "/srv/lake/in", "output": f"/srv/lake/{name}"} | more
    return client.post("/jobs", json=command, headers={} if key is None else {"Idempotency-Key": key})


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
