"""People are told once, of what matters, wherever they want to be told; and nothing fails because of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from local_stack.machine.ports import throwaway_port
from monitoring.notifications import NotificationSettings, Severity, notify, notify_quality_problems
from sql.base.engine import connect_engine
from sql.drift.alerts import alert_of
from sql.drift.silences import NewSilence, silence
from sql.drift.verdicts import Watch
from sql.provision import prepare_database
from tests.support.monitoring.webhook import Webhook, webhook


@pytest.fixture
def receiver() -> Iterator[Webhook]:
    with webhook() as listening:
        yield listening


@pytest.fixture(scope="module")
def database(database_url: str) -> str:
    prepare_database(database_url, [])
    return database_url


@pytest.fixture
def settings(receiver: Webhook, database: str) -> NotificationSettings:
    return NotificationSettings(notify_urls=receiver.address, database_url=database)


def problem(name: str, *, rows: int = 100, bad: int = 10, refused: str | None = None) -> dict[str, Any]:
    return {
        "batch_id": str(uuid4()),
        "name": name,
        "use_case": "equipment_failure",
        "rows_in": rows,
        "quarantined": bad,
        "refused": refused,
        "rules": [{"column": "torque_nm", "rule": "range", "rows": bad}],
    }


def test_a_problem_that_lasts_is_told_once(receiver: Webhook, settings: NotificationSettings) -> None:
    assert notify("The ledger does not balance", "Row 7 is nowhere.", Severity.ERROR, settings=settings)
    assert not notify("The ledger does not balance", "Row 7 is nowhere.", Severity.ERROR, settings=settings)
    assert notify("Something else", "It is fine.", "info", settings=settings)
    (first, second) = receiver.told
    assert (first["title"], first["message"]) == ("The ledger does not balance", "Row 7 is nowhere.")
    assert (first["type"], second["type"]) == ("failure", "info")


def test_it_is_told_again_after_a_while(receiver: Webhook, settings: NotificationSettings) -> None:
    soon = settings.model_copy(update={"notify_cooldown": timedelta(0)})
    assert notify("Again", "and again", key="again", settings=soon)
    assert notify("Again", "and again", key="again", settings=soon)
    assert len(receiver.told) == 2


def test_files_with_bad_rows_are_told_of_together_and_once(receiver: Webhook, settings: NotificationSettings) -> None:
    found = [
        problem("some.csv"),
        problem("hardly.csv", rows=1_000, bad=1),
        problem("broken.csv", rows=0, bad=0, refused="the file is empty"),
    ]
    assert notify_quality_problems(found, settings)
    assert not notify_quality_problems(found, settings)
    (told,) = receiver.told
    assert (told["title"], told["type"]) == ("Bad rows in 2 files", "failure")
    assert "broken.csv (equipment_failure): 0 of 0 rows are bad. Refused: the file is empty." in told["message"]
    assert "10 of 100 rows are bad (10%). Most often: torque_nm range (10)" in told["message"]
    assert "smartpredict quarantine list" in told["message"]
    assert "hardly.csv" not in told["message"]


def test_files_of_a_use_case_that_is_silenced_are_not_told_of(
    receiver: Webhook, settings: NotificationSettings
) -> None:
    engine = connect_engine(settings.database_url.get_secret_value(), "test")
    quality = NewSilence(alert=alert_of("iris", Watch.QUALITY), person="Ada", account="webapp", reason="known")
    silence(engine, quality, timedelta(hours=24))
    flowers, machines = {**problem("flowers.csv"), "use_case": "iris"}, problem("machines.csv")
    assert notify_quality_problems([flowers, machines], settings)
    (told,) = receiver.told
    assert told["title"] == "Bad rows in machines.csv"
    silence(engine, quality, timedelta(0))
    engine.dispose()
    assert notify_quality_problems([{**flowers, "batch_id": str(uuid4())}], settings)


def test_what_could_not_be_told_is_told_next_time(receiver: Webhook, settings: NotificationSettings) -> None:
    nobody = settings.model_copy(update={"notify_urls": _secret(f"json://127.0.0.1:{throwaway_port()}")})
    found = [problem("unheard.csv")]
    assert not notify_quality_problems(found, nobody)
    assert not notify("Unheard", "by anybody", settings=nobody)
    assert notify_quality_problems(found, settings)
    assert notify("Unheard", "by anybody", settings=settings)
    assert len(receiver.told) == 2


def test_without_a_database_people_are_told_all_the_same(receiver: Webhook, settings: NotificationSettings) -> None:
    gone = f"postgresql://nobody@127.0.0.1:{throwaway_port()}/gone"
    without = settings.model_copy(update={"database_url": _secret(gone)})
    assert notify("The database is away", "See: smartpredict status", Severity.ERROR, settings=without)
    assert len(receiver.told) == 1


@pytest.mark.parametrize("addresses", ["", "no address at all", "json://"])
def test_an_address_that_is_missing_or_wrong_fails_nobody(database: str, addresses: str) -> None:
    settings = NotificationSettings(notify_urls=addresses, database_url=database)
    assert not notify("Into the void", "Nobody hears it.", settings=settings)


def _secret(text: str) -> Any:
    return type(NotificationSettings().notify_urls)(text)
