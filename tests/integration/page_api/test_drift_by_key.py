"""Drift by machine over HTTP, on profiles of a made-up day, with no more rights than the gateway has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from sql.registry.registration import register
from tests.support.monitoring.fleet import FLEET, MACHINES, fleet_reference, fleet_rows
from tests.support.monitoring.profile_history import History
from tests.support.waiting import eventually

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)


def ask(client: httpx.Client, what: str, since: datetime, until: datetime, **query: Any) -> dict[str, Any]:
    query |= {"since": since.isoformat(), "until": until.isoformat(), "use_case": FLEET.name}
    answer = client.get(f"/monitoring/{what}", params=query)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


@pytest.fixture(scope="module")
def day(engine: Engine) -> None:
    """A quiet morning, and a day later a machine whose spindle is strained."""
    with engine.begin() as connection:
        register(connection, FLEET)
    history = History(engine, fleet_reference())
    history.part(fleet_rows(40, seed=3), MORNING)
    history.part(fleet_rows(40, seed=4, moved={"M-7": 24.0}), MORNING + timedelta(days=1), source="file")


@pytest.mark.usefixtures("day")
def test_the_machine_that_moved_is_named(client: httpx.Client) -> None:
    def takes_keys() -> bool:
        found: list[str] = ask(client, "drift", MORNING, MORNING + timedelta(hours=1))["keys"]
        return found == ["machine_id"]

    eventually(takes_keys, 20)
    found = ask(client, "drift/keys", MORNING, MORNING + timedelta(hours=1))
    assert (found["verdict"], found["keys"], found["moved_keys"], found["rows"]) == ("stable", MACHINES, 0, 2_000)
    assert (found["since"][:10], found["until"][:10]) == ("2026-03-02", "2026-03-03")
    since = MORNING + timedelta(days=1)
    found = ask(client, "drift/keys", since, since + timedelta(hours=1))
    assert (found["verdict"], found["moved_keys"], found["columns"]) == ("drifted", 1, ["machine_id"])
    assert len(found["worst"]) == 100
    worst = found["worst"][0]
    assert (worst["key"], worst["verdict"], worst["title"]) == ("M-7", "drifted", "Torque [Nm]")
    assert worst["mean_low"] < worst["mean_trained"] < worst["mean_high"] < worst["mean_served"]
    # Of all rows together one machine of fifty moves next to nothing.
    assert ask(client, "drift", since, since + timedelta(hours=1))["verdict"] == "stable"
    of_api = ask(client, "drift/keys", since, since + timedelta(hours=1), source="api")
    assert (of_api["rows"], of_api["has_reference"]) == (0, False)


@pytest.mark.usefixtures("day")
def test_where_nothing_was_scored_nobody_moved(client: httpx.Client) -> None:
    found = ask(client, "drift/keys", MORNING - timedelta(days=9), MORNING - timedelta(days=8))
    assert (found["verdict"], found["model_version"], found["keys"], found["worst"]) == ("not_enough_rows", None, 0, [])
