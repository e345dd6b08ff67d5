"""Observations over HTTP: checked and uploaded as a file, followed as a batch, repaired and sent again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from ingestion.app import ingest_now
from ingestion.settings import IngestionSettings
from tests.integration.gateway.conftest import RunningGateway

ROWS = (
    "hour,region,pm25,published\n"
    "2026-03-01T06:00+08:00,north,12.5,2026-03-01T06:20+08:00\n"
    "2026-03-01T06:00+08:00,south,-7,2026-03-01T06:20+08:00\n"
    "2026-03-01T06:00+08:00,north,13,2026-03-03T09:00+08:00\n"
)


@pytest.fixture
def settings(prepared: tuple[str, str], gateway: RunningGateway) -> IngestionSettings:
    return IngestionSettings(database_url=prepared[0], broker_url=prepared[1], data=gateway.data)


def taken_in(gateway: RunningGateway, settings: IngestionSettings, client: httpx.Client, answer: httpx.Response) -> Any:
    """Take in what was handed over, and look the batch up."""
    assert answer.status_code == 202, answer.text
    folder = gateway.data / "incoming" / "pm25"
    (waiting,) = folder.iterdir()
    ingest_now(settings, waiting)
    return client.get(answer.headers["location"]).json()


def command(batch: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {"use_case": "pm25", "rows": [{"batch_id": batch["batch_id"], "row_number": 2, "row": row}]}


def test_a_file_of_observations_is_stored_and_a_bad_one_is_repaired(
    gateway: RunningGateway, settings: IngestionSettings
) -> None:
    with gateway.client("admin") as client:
        checked = client.post("/check?use_case=pm25&name=rows.csv", content=ROWS, headers={"Content-Type": "text/csv"})
        assert (checked.json()["good"], checked.json()["bad"]) == (2, 1)
        upload = client.post("/batches?use_case=pm25&name=rows.csv", content=ROWS)
        batch = taken_in(gateway, settings, client, upload)
        assert batch["rows"] == {
            "rows_in": 3, "predicted": 0, "observed": 2, "quarantined": 1, "dead_lettered": 0, "pending": 0,
        }  # fmt: skip
        assert (batch["done"], batch["balanced"], batch["progress"]) == (True, True, 1.0)
        assert batch["committed_at"] is not None
        listed = client.get(f"/batches/{batch['batch_id']}/quarantine?format=csv").text
        assert listed.startswith("hour,region,pm25,published,row_number,reasons,raw\n")
        assert "below the minimum 0" in listed
        row = {"hour": "2026-03-01T06:00+08:00", "region": "south", "pm25": 7, "published": "2026-03-01T06:20+08:00"}
        bad = client.post("/quarantine/replay", json=command(batch, row | {"pm25": -1}))
        assert bad.status_code == 422
        repaired = taken_in(gateway, settings, client, client.post("/quarantine/replay", json=command(batch, row)))
    assert (repaired["rows"]["rows_in"], repaired["rows"]["observed"], repaired["balanced"]) == (1, 1, True)
