"""Drift and quality over HTTP, on profiles of a made-up day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, insert

from sql.base.tables import batches
from tests.integration.gateway.conftest import problem
from tests.integration.page_api.conftest import RunningGateway
from tests.support.monitoring.profile_history import History, equipment_reference
from tests.support.pipeline import EQUIPMENT, equipment_rows

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
CULPRIT = uuid4()


def announce(engine: Engine, batch_id: UUID, name: str, at: datetime, **fields: Any) -> None:
    values = {
        "id": batch_id, "use_case": EQUIPMENT.name, "source": "file", "name": name, "state": "ingested",
        "schema_hash": EQUIPMENT.schema_hash, "received_at": at, "first_id": batch_id, "last_id": batch_id, "part_rows": 10_000,
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(batches).values(**{**values, **fields}))


@pytest.fixture(scope="module")
def day(engine: Engine) -> None:
    """Six quiet hours, then a file from a line whose torque sensor is off."""
    history = History(engine, equipment_reference())
    for hour in range(6):
        history.part(equipment_rows(600, seed=hour), MORNING + timedelta(hours=hour))
    history.part(equipment_rows(1_500, torque_nm=90.0), MORNING + timedelta(hours=6), source="file", batch_id=CULPRIT)
    announce(engine, CULPRIT, "line-3.csv", MORNING + timedelta(hours=6), rows_in=1_600, rows_quarantined=100)
    announce(
        engine,
        uuid4(),
        "line-4.csv",
        MORNING + timedelta(hours=6),
        state="refused",
        problem="missing column 'torque_nm'; unknown column 'torque'",
    )


def ask(client: httpx.Client, what: str, since: datetime, until: datetime, **query: Any) -> dict[str, Any]:
    query |= {"since": since.isoformat(), "until": until.isoformat(), "use_case": EQUIPMENT.name}
    answer = client.get(f"/monitoring/{what}", params=query)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


@pytest.mark.usefixtures("day")
def test_a_quiet_morning_is_stable(client: httpx.Client) -> None:
    found = ask(client, "drift", MORNING, MORNING + timedelta(hours=6))
    assert (found["verdict"], found["rows"], found["has_reference"]) == ("stable", 3_600, True)
    assert {one["feature"] for one in found["features"]} == {*EQUIPMENT.features_by_name, "score", "prediction"}
    assert all(one["batches"] == one["sources"] == [] for one in found["features"])


@pytest.mark.usefixtures("day")
def test_the_column_the_file_and_the_door_behind_a_drift_are_named(client: httpx.Client) -> None:
    found = ask(client, "drift", MORNING, MORNING + timedelta(hours=8))
    assert found["verdict"] == "drifted"
    drifted = {one["feature"]: one for one in found["features"] if one["verdict"] == "drifted"}
    assert set(drifted) == {"torque_nm", "score", "prediction"}
    torque = drifted["torque_nm"]
    assert torque["title"] == "Torque [Nm]"
    (batch,) = torque["batches"]
    assert (batch["name"], batch["batch_id"], batch["rows"]) == ("line-3.csv", str(CULPRIT), 1_500)
    assert batch["part"] > 0.9
    assert torque["sources"][0]["name"] == "file"
    cells = [cell for cell in torque["histogram"] if cell["kind"] in {"bin", "missing", "unseen"}]
    assert sum(cell["served"] for cell in cells) == found["rows"] == 5_100
    assert sum(cell["served_share"] for cell in cells) == pytest.approx(1)
    worst = max(torque["over_time"], key=lambda span: span["psi"] or 0)
    assert worst["start"].startswith("2026-03-02T14:00")


@pytest.mark.usefixtures("day")
def test_a_door_can_be_looked_at_alone(client: httpx.Client) -> None:
    found = ask(client, "drift", MORNING, MORNING + timedelta(hours=8), source="api")
    assert (found["verdict"], found["rows"], found["source"]) == ("stable", 3_600, "api")


@pytest.mark.usefixtures("day")
def test_an_administrator_accepts_a_window_as_normal_and_withdraws_it(gateway: RunningGateway) -> None:
    since, until = MORNING + timedelta(hours=6), MORNING + timedelta(hours=7)
    wanted = {
        "use_case": EQUIPMENT.name, "since": since.isoformat(), "until": until.isoformat(), "reason": "New spindles.",
    }  # fmt: skip
    with gateway.client("admin") as admin, gateway.client("api") as caller:
        assert ask(caller, "drift", since, until)["verdict"] == "drifted"
        problem(caller.post("/monitoring/drift/accepted", json=wanted), 403, "forbidden")
        problem(admin.post("/monitoring/drift/accepted", json={**wanted, "reason": " "}), 422, "invalid-parameters")
        problem(
            admin.post(
                "/monitoring/drift/accepted",
                json={
                    **wanted,
                    "since": (since - timedelta(days=300)).isoformat(),
                    "until": (since - timedelta(days=299)).isoformat(),
                },
            ),
            409,
            "nothing-to-accept",
        )
        answer = admin.post("/monitoring/drift/accepted", json=wanted)
        assert answer.status_code == 201, answer.text
        window = answer.json()
        assert (window["rows"], window["accepted_by"], window["reason"]) == (1_500, "admin", "New spindles.")
        found = ask(caller, "drift", since, until)
        assert found["verdict"] == "stable"
        assert {one["accepted"] for one in found["features"] if one["feature"] == "torque_nm"} == {window["id"]}
        listed = caller.get("/monitoring/drift/accepted", params={"use_case": EQUIPMENT.name}).json()["windows"]
        assert [one["id"] for one in listed] == [window["id"]]
        address = f"/monitoring/drift/accepted/{window['id']}/withdraw"
        problem(caller.post(address), 403, "forbidden")
        assert admin.post(address).json()["withdrawn_by"] == "admin"
        problem(admin.post(address), 404, "unknown-accepted-window")
        assert ask(caller, "drift", since, until)["verdict"] == "drifted"


def test_where_nothing_was_scored_there_are_not_enough_rows(client: httpx.Client) -> None:
    found = ask(client, "drift", MORNING - timedelta(days=9), MORNING - timedelta(days=8))
    assert (found["verdict"], found["model_version"], found["features"]) == ("not_enough_rows", None, [])


@pytest.mark.usefixtures("day")
def test_what_arrives_is_followed(client: httpx.Client) -> None:
    found = ask(client, "quality", MORNING, MORNING + timedelta(hours=8))
    assert (found["rows_in"], found["quarantined"], found["bad_share"]) == (1_600, 100, 0.0625)
    (span,) = found["trend"]
    assert (span["batches"], span["refused"], span["rows_in"]) == (2, 1, 1_600)
    (refused,) = found["refused"]
    assert (refused["name"], refused["is_schema_change"]) == ("line-4.csv", True)
    assert found["freshness"]["silent_seconds"] > 0


@pytest.mark.parametrize("what", ["drift", "quality"])
def test_what_makes_no_sense_is_refused(client: httpx.Client, what: str) -> None:
    problem(client.get(f"/monitoring/{what}", params={"use_case": "nope"}), 404, "unknown-use-case")
    upside_down = {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    problem(client.get(f"/monitoring/{what}", params=upside_down), 422, "invalid-parameters")
