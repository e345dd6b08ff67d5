"""Drift at the terminal: judge a window, accept it as normal, list what was accepted, take it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from cli.errors import UserError
from cli.main import build_app
from sql.base.engine import connect_engine
from sql.provision import prepare_database
from tests.support import servers
from tests.support.monitoring.fleet import FLEET, fleet_reference, fleet_rows
from tests.support.monitoring.profile_history import History, equipment_reference
from tests.support.pipeline import EQUIPMENT, equipment_rows
from usecases.contract.catalog import load_catalog

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
WINDOW = "2026-05-04T12:00Z/2026-05-04T13:00Z"


@pytest.fixture
def engine(postgres_server: servers.Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with servers.fresh_database(postgres_server) as url:
        prepare_database(url, load_catalog().values())
        monkeypatch.setenv("SMARTPREDICT_DATABASE_URL", url)
        engine = connect_engine(url, "test")
        History(engine, equipment_reference()).part(equipment_rows(1_500, torque_nm=90.0), NOON)
        yield engine
        engine.dispose()


def run(*words: str) -> Result:
    return CliRunner().invoke(build_app(), ["drift", *words], env={"COLUMNS": "200"})


def said(*words: str) -> str:
    result = run(*words)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


@pytest.mark.usefixtures("engine")
def test_a_window_is_judged_accepted_listed_and_withdrawn() -> None:
    shown = said("show", WINDOW)
    assert "1,500 rows scored by version 1, 2026-05-04 12:00 to 2026-05-04 13:00 UTC" in shown
    assert "torque_nm: since when is not known" in shown
    assert "false alarms a month" in shown
    assert json.loads(said("show", WINDOW, "--json"))["verdict"] == "drifted"
    assert "No window of equipment_failure was accepted" in said("accepted")
    accepted = said("accept", WINDOW, "--reason", "New spindles.")
    assert "Window 1 of equipment_failure is normal from now on: 1,500 rows" in accepted
    judged = json.loads(said("show", WINDOW, "--json"))
    assert judged["verdict"] == "stable"
    assert {one["accepted"] for one in judged["features"] if one["feature"] == "torque_nm"} == {1}
    assert "like window 1" in said("show", WINDOW)
    assert "New spindles." in said("accepted")
    assert "counts no more" in said("withdraw", "1")
    assert json.loads(said("accepted", "--json"))[0]["withdrawn_at"] is not None
    assert json.loads(said("show", WINDOW, "--json"))["verdict"] == "drifted"


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("show", "yesterday"), "is no window"),
        (("show", "2026-05-04T13:00Z/2026-05-04T12:00Z"), "is no window"),
        (("show", "PT1H", "--use-case", "nope"), "No use case 'nope' is registered"),
        (("show", "PT1H", "--source", "window"), "is no door"),
        (("accept", WINDOW, "--reason", " "), "Say why it is normal"),
        (("accept", "2020-01-01/2020-01-02", "--reason", "Old."), "Nothing was scored in this window"),
        (("withdraw", "7"), "No accepted window 7 is in force"),
    ],
)
def test_what_cannot_be_done_is_said(words: tuple[str, ...], expected: str) -> None:
    result = run(*words)
    assert isinstance(result.exception, UserError)
    assert expected in str(result.exception)


def test_a_window_may_be_a_time_back_from_now(engine: Engine) -> None:
    History(engine, equipment_reference()).part(equipment_rows(600), datetime.now(UTC) - timedelta(minutes=5))
    found = json.loads(said("show", "PT1H", "--use-case", EQUIPMENT.name, "--json"))
    assert (found["rows"], found["verdict"]) == (600, "stable")


def test_machines_that_moved_are_listed(postgres_server: servers.Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.fresh_database(postgres_server) as url:
        prepare_database(url, [FLEET])
        monkeypatch.setenv("SMARTPREDICT_DATABASE_URL", url)
        engine = connect_engine(url, "test")
        History(engine, fleet_reference()).part(fleet_rows(40, seed=7, moved={"M-7": 24.0}), NOON)
        engine.dispose()
        assert "1 of 50 moved. All of them: smartpredict drift keys" in said("show", WINDOW)
        shown = said("keys", WINDOW)
        assert "By machine_id, 2026-05-04 00:00 to 2026-05-05 00:00 UTC: 1 of 50 moved." in shown
        assert "M-7" in shown
        found = json.loads(said("keys", WINDOW, "--json"))
        assert (found["verdict"], found["worst"][0]["key"], len(found["worst"])) == ("drifted", "M-7", 100)


@pytest.mark.usefixtures("engine")
def test_a_use_case_that_names_no_machines_says_how_to() -> None:
    result = run("keys", WINDOW)
    assert isinstance(result.exception, UserError) or result.exit_code
    assert "names no columns that tell machines" in f"{result.output}{result.exception}"
