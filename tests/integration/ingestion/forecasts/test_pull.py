"""Observations are pulled from an interface like data.gov.sg's, whatever it does, and stored once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from ingestion.settings import IngestionSettings
from ingestion.sources import asking
from ingestion.sources import pull as pulling
from ingestion.sources.asking import SourceError
from ingestion.sources.pull import PullReport, pull, pull_all
from sql.ledger.audit import read_books
from sql.observations.reading import observations_as_known
from sql.registry.registration import register
from tests.support.command import smartpredict
from tests.support.ingestion.readings_api import PATH, ReadingsApi, readings_api
from tests.support.usecases.pulled import SHAPE_BEFORE, pulled_use_case
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import Observations

FIRST = datetime.now(ZoneInfo("Asia/Singapore")).date() - timedelta(days=20)
SECOND = FIRST + timedelta(days=1)
START = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) - timedelta(hours=8)
"""Midnight in Singapore, where the days are."""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReadingsApi]:
    monkeypatch.setattr(asking, "FIRST_PAUSE_SECONDS", 0.01)
    with readings_api() as api:
        for hour in range(48):
            if hour not in {5, 6, 30}:
                api.tell(START + timedelta(hours=hour), float(hour))
        yield api


@pytest.fixture
def dust(engine: Engine, api: ReadingsApi) -> UseCase:
    """A forecast of its own for a test, in force."""
    return put_in_force(engine, declared(api))


def declared(api: ReadingsApi, path: str = PATH, **source: Any) -> UseCase:
    return pulled_use_case(api.url + path, FIRST, **source)


def put_in_force(engine: Engine, use_case: UseCase) -> UseCase:
    with engine.begin() as connection:
        register(connection, use_case)
    return use_case


def pulled(use_case: UseCase, settings: IngestionSettings) -> PullReport:
    return pull(use_case.name, settings, end=SECOND)


def stored(engine: Engine, use_case: UseCase) -> Observations:
    assert not list(read_books(engine).problems())
    return observations_as_known(engine, use_case)


def test_two_days_with_gaps_are_pulled_page_by_page_and_again_they_are_the_same(
    api: ReadingsApi, dust: UseCase, engine: Engine, settings: IngestionSettings
) -> None:
    report = pulled(dust, settings)
    assert (report.asked, report.unchanged, report.rows, report.observed, report.bad) == (2, 0, 90, 90, 0)
    assert api.days_asked() == [str(FIRST)] * 3 + [str(SECOND)] * 3
    found = stored(engine, dust)
    assert found.readings[:6].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 7.0]
    assert found.readings[45] == 1.0, "the other region, one more"
    assert found.moments[0] == START.timestamp() * 1e6
    assert found.known_at[0] == (START + timedelta(minutes=20)).timestamp() * 1e6
    again = pulled(dust, settings)
    assert (again.asked, again.unchanged, again.rows) == (0, 0, 0), "they ended long ago and do not change any more"


def test_days_that_may_change_are_asked_again_and_a_correction_is_a_further_version(
    api: ReadingsApi, engine: Engine, settings: IngestionSettings
) -> None:
    use_case = put_in_force(engine, declared(api, overlap=90))
    pulled(use_case, settings)
    same = pulled(use_case, settings)
    assert (same.asked, same.unchanged, same.rows) == (2, 2, 0)
    api.tell(START + timedelta(hours=3), 33.0, START + timedelta(days=22))
    api.tell(START + timedelta(hours=5), 5.0, START + timedelta(hours=40))
    changed = pulled(use_case, settings)
    assert (changed.asked, changed.unchanged, changed.observed) == (2, 1, 46)
    found = stored(engine, use_case)
    assert len(found.readings) == 94
    assert found.readings[3:6].tolist() == [3.0, 33.0, 4.0]
    then = START + timedelta(days=2)
    assert observations_as_known(engine, use_case, known_at=then).readings[3:6].tolist() == [3.0, 4.0, 5.0]


def test_the_shape_of_before_is_understood_too(api: ReadingsApi, engine: Engine, settings: IngestionSettings) -> None:
    use_case = put_in_force(engine, declared(api, "/v1/environment/pm25", **SHAPE_BEFORE))
    assert pulled(use_case, settings).observed == 90
    assert len(stored(engine, use_case).readings) == 90


def test_what_fails_for_a_while_is_asked_again(
    api: ReadingsApi, dust: UseCase, engine: Engine, settings: IngestionSettings
) -> None:
    api.fail(str(FIRST), 429, retry_after="0")
    api.fail(str(FIRST), 500)
    api.fail(str(FIRST), 200, b"<html>maintenance")
    api.fail(str(SECOND), 200, b'{"code": 0, "data": null}')
    api.fail(str(SECOND), 302, Location=f"/v2/real-time/api/pm25?date={SECOND}")
    assert pulled(dust, settings).observed == 90
    assert len(stored(engine, dust).readings) == 90


def test_a_pull_that_is_cut_off_goes_on_where_it_stopped(
    api: ReadingsApi, dust: UseCase, engine: Engine, settings: IngestionSettings
) -> None:
    for _ in range(asking.MOST_TRIES):
        api.fail(str(SECOND), 503)
    with pytest.raises(SourceError, match="has not answered 6 times, the last time: status 503"):
        pulled(dust, settings)
    assert len(stored(engine, dust).readings) == 44
    api.asked.clear()
    assert pulled(dust, settings).observed == 46
    assert set(api.days_asked()) == {str(SECOND)}
    assert len(stored(engine, dust).readings) == 90


@pytest.mark.parametrize("step", ["read_page", "ingest_file", "note_pulled"])
def test_a_pull_that_ends_in_the_middle_of_a_step_loses_nothing_and_stores_nothing_twice(
    api: ReadingsApi,
    dust: UseCase,
    engine: Engine,
    settings: IngestionSettings,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work, begun = getattr(pulling, step), 0

    def end_in_time(*arguments: Any) -> Any:
        nonlocal begun
        begun += 1
        if begun > 1:
            raise asyncio.CancelledError
        return work(*arguments)

    monkeypatch.setattr(pulling, step, end_in_time)
    with pytest.raises(asyncio.CancelledError):
        pulled(dust, settings)
    monkeypatch.setattr(pulling, step, work)
    pulled(dust, settings)
    assert len(stored(engine, dust).readings) == 90
    again = pulled(dust, settings)
    assert (again.asked, again.rows) == (0, 0)


@pytest.mark.parametrize(
    ("status", "headers", "body", "told"),
    [
        (404, {}, b"", "answers with status 404; see source.url"),
        (401, {}, b"", "set the key"),
        (302, {"Location": "http://example.invalid/else"}, b"", "redirects to another server, http://example.invalid"),
        (302, {"Location": "file:///etc/passwd"}, b"", "redirects to another server, file://"),
        (200, {}, b" " * (asking.MOST_BYTES + 1), "answers with more than"),
    ],
)
def test_what_trying_again_would_not_change_is_said_at_once(
    api: ReadingsApi,
    dust: UseCase,
    settings: IngestionSettings,
    status: int,
    headers: dict[str, str],
    body: bytes,
    told: str,
) -> None:
    api.fail(str(FIRST), status, body, **headers)
    with pytest.raises(SourceError, match=told):
        pulled(dust, settings)
    assert len(api.asked) == 1


def test_bad_readings_are_quarantined_and_keep_no_other_from_being_stored(
    api: ReadingsApi, dust: UseCase, engine: Engine, settings: IngestionSettings
) -> None:
    api.tell(START + timedelta(hours=1), -7.0)
    report = pulled(dust, settings)
    assert (report.rows, report.observed, report.bad) == (90, 88, 2)
    assert len(stored(engine, dust).readings) == 88


def test_the_key_comes_from_the_environment(
    api: ReadingsApi, engine: Engine, settings: IngestionSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_case = put_in_force(engine, declared(api, key_header="x-api-key"))
    name = f"SMARTPREDICT_SOURCE_KEY_{use_case.name.upper()}"
    with pytest.raises(SourceError, match=f"set {name}"):
        pulled(use_case, settings)
    monkeypatch.setenv(name, "secret-of-the-test")
    assert pulled(use_case, settings).observed == 90
    assert {headers["x-api-key"] for _, _, headers in api.asked} == {"secret-of-the-test"}


def test_one_source_that_fails_keeps_no_other_from_being_pulled(
    api: ReadingsApi, dust: UseCase, engine: Engine, settings: IngestionSettings
) -> None:
    # The first by its name, so that it is asked before the other.
    lost = put_in_force(engine, declared(api, "/v2/lost", rows="nowhere").model_copy(update={"name": f"a_{dust.name}"}))
    with pytest.raises(SourceError, match=f"{lost.name}: .* has not answered 6 times, .* no list at nowhere"):
        pull_all(settings)
    assert len(stored(engine, dust).readings) == 90


def test_the_command_pulls_and_says_what_it_did(
    api: ReadingsApi, dust: UseCase, settings: IngestionSettings, tmp_path: Path
) -> None:
    api.tell(START, -7.0)
    environment = {
        "SMARTPREDICT_DATABASE_URL": settings.database_url.get_secret_value(),
        "SMARTPREDICT_BROKER_URL": settings.broker_url.get_secret_value(),
        "SMARTPREDICT_DATA": str(settings.data),
    }
    days = ("--from", str(FIRST), "--to", str(SECOND))
    done = smartpredict("pull", dust.name, *days, home=tmp_path, settings=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 requests, 0 of them told nothing new: 90 observations, 88 stored, 2 in quarantine" in done.stdout
    assert f"smartpredict quarantine list --use-case {dust.name}" in done.stdout
    again = smartpredict("pull", dust.name, *days, "--json", home=tmp_path, settings=environment)
    assert json.loads(again.stdout)["asked"] == 0
    for arguments, told in (
        ((dust.name, "--from", "yesterday"), "'yesterday' is no day; write it like 2026-03-01."),
        (("iris",), "iris says nothing under source"),
    ):
        refused = smartpredict("pull", *arguments, home=tmp_path, settings=environment)
        assert refused.returncode == 1
        assert told in refused.stderr
