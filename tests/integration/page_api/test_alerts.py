"""What needs somebody: verdicts of the monitoring beside alerts of a real Prometheus, and who looks after each."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
import yaml
from sqlalchemy import Engine, delete, func, update

from gateway_api.health.alerts.answers import AlertAnswer, AlertList, MovedKey, SilenceAnswer
from gateway_api.health.alerts.prometheus import STEP_SECONDS
from sql.drift.tables import alert_acknowledgements, alert_silences, verdicts
from sql.drift.verdicts import Found, Watch, store_verdicts
from tests.integration.gateway.conftest import problem
from tests.integration.page_api.conftest import RunningGateway
from tests.support.waiting import eventually

USE_CASE = "equipment_failure"
NOW = datetime.now(UTC)
MOVED: dict[str, list[dict[str, Any]]] = {
    "features": [
        {"feature": "torque_nm", "batches": {"night.csv": 0.4, "day.csv": 0.1}, "sources": {"file": 0.5}},
        {"feature": "score", "batches": {"day.csv": 0.1}, "sources": {"api": 0.0}},
    ]
}
RULE = {
    "alert": "AlwaysOn",
    "expr": "vector(1)",
    "labels": {"severity": "critical", "use_case": USE_CASE},
    "annotations": {"summary": "It is always on.", "action": "Look away."},
}


def judged(engine: Engine, watch: Watch, verdict: str, **facts: Any) -> None:
    """Keep a verdict as the monitoring does."""
    found = Found(watch, verdict, verdict in {"drifted", "bad", "silent"}, f"It is {verdict}.", facts, NOW, NOW)
    store_verdicts(engine, USE_CASE, [found])


@pytest.fixture(autouse=True)
def nothing_judged(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(delete(verdicts))
        connection.execute(delete(alert_acknowledgements))
        connection.execute(delete(alert_silences))


def listed(client: httpx.Client) -> AlertList:
    answer = client.get("/alerts")
    assert answer.status_code == 200, answer.text
    return AlertList.model_validate_json(answer.content)


def say(client: httpx.Client, alert: AlertAnswer, **words: object) -> httpx.Response:
    body = {"alert": alert.alert, "since": alert.since.isoformat(), "person": "Ada", **words}
    return client.post("/alerts/acknowledge", json=body)


@contextmanager
def prometheus(gateway: RunningGateway, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run Prometheus where the gateway expects it, with one rule that always holds."""
    program = shutil.which("prometheus")
    assert program is not None, "Prometheus is missing: make setup installs it"
    rules, config = folder / "rules.yml", folder / "prometheus.yml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "always", "rules": [RULE]}]}))
    config.write_text(yaml.safe_dump({"global": {"evaluation_interval": "1s"}, "rule_files": [str(rules)]}))
    with subprocess.Popen(
        [
            *(program, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"),
            f"--web.listen-address={urlsplit(gateway.prometheus_url).netloc}",
        ],
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def test_verdicts_are_listed_while_prometheus_is_away(client: httpx.Client, engine: Engine) -> None:
    judged(engine, Watch.DRIFT, "drifted", **MOVED)
    judged(engine, Watch.QUALITY, "bad", refused=["a.csv"], files=["b.csv", "a.csv"])
    judged(engine, Watch.FRESHNESS, "fresh")
    found = listed(client)
    assert found.prometheus == "away"
    assert found.problem is not None
    assert "cannot be reached" in found.problem
    quality, drift = sorted(found.alerts, key=lambda one: one.kind, reverse=True)
    assert (drift.alert, drift.features, drift.files, drift.doors) == (
        f"drift:{USE_CASE}", ["torque_nm", "score"], ["night.csv", "day.csv"], ["file"],
    )  # fmt: skip
    assert (quality.kind, quality.files, quality.detail) == ("quality", ["a.csv", "b.csv"], "It is bad.")


def test_an_alert_lasts_from_its_first_bad_verdict_to_the_first_good_one(client: httpx.Client, engine: Engine) -> None:
    for verdict in ("drifted", "stable", "drifted", "not_enough_rows", "drifted", "not_enough_rows"):
        judged(engine, Watch.DRIFT, verdict, features=[])
    with engine.connect() as connection:
        times = list(connection.scalars(verdicts.select().with_only_columns(verdicts.c.evaluated_at).order_by("id")))
    [alert] = listed(client).alerts
    assert (alert.since, alert.judged_at) == (times[2], times[4])
    judged(engine, Watch.DRIFT, "stable")
    assert listed(client).alerts == []


def test_who_looks_after_it_is_said_to_all_until_it_ends(client: httpx.Client, engine: Engine) -> None:
    judged(engine, Watch.FRESHNESS, "silent")
    [alert] = listed(client).alerts
    assert alert.acknowledgement is None
    assert say(client, alert).status_code == 201
    assert say(client, alert, person="Bo", note="The line stands still.").status_code == 201
    judged(engine, Watch.FRESHNESS, "silent")
    [again] = listed(client).alerts
    assert again.acknowledgement is not None
    kept = again.acknowledgement
    assert (kept.person, kept.account, kept.note) == ("Bo", "webapp", "The line stands still.")
    assert datetime.now(UTC) - kept.acknowledged_at < timedelta(minutes=5)
    judged(engine, Watch.FRESHNESS, "fresh")
    problem(say(client, alert), 404, "unknown-alert")
    judged(engine, Watch.FRESHNESS, "silent")
    [new] = listed(client).alerts
    assert new.acknowledgement is None


def silenced(client: httpx.Client, alert: str, **words: object) -> httpx.Response:
    return client.post("/alerts/silence", json={"alert": alert, "person": "Ada", "reason": "Known.", **words})


def test_a_silence_lasts_a_day_and_says_who_wanted_it_and_why(client: httpx.Client, engine: Engine) -> None:
    judged(engine, Watch.DRIFT, "drifted", **MOVED)
    judged(engine, Watch.FRESHNESS, "silent")
    newest = listed(client).alerts[0]
    answer = silenced(client, newest.alert)
    assert answer.status_code == 201, answer.text
    other, behind = listed(client).alerts
    assert (other.silence, behind.alert) == (None, newest.alert)
    assert behind.silence is not None
    kept = behind.silence
    assert (kept.person, kept.account, kept.reason) == ("Ada", "webapp", "Known.")
    assert kept.until - kept.silenced_at == timedelta(days=1)
    assert SilenceAnswer.model_validate_json(answer.content) == kept
    # It holds for the alert, however often that begins.
    watch = Watch(newest.kind)
    judged(engine, watch, "stable" if watch is Watch.DRIFT else "fresh")
    judged(engine, watch, "drifted" if watch is Watch.DRIFT else "silent")
    assert [one.silence is not None for one in listed(client).alerts] == [False, True]
    assert silenced(client, newest.alert, hours=0).status_code == 201
    assert [one.silence for one in listed(client).alerts] == [None, None]


def test_a_silence_ends_by_itself(client: httpx.Client, engine: Engine) -> None:
    judged(engine, Watch.FRESHNESS, "silent")
    [alert] = listed(client).alerts
    assert silenced(client, alert.alert, hours=1).status_code == 201
    with engine.begin() as connection:
        connection.execute(update(alert_silences).values(until=func.now()))
    assert [one.silence for one in listed(client).alerts] == [None]


def test_programs_silence_nothing(gateway: RunningGateway, client: httpx.Client, engine: Engine) -> None:
    judged(engine, Watch.FRESHNESS, "silent")
    [alert] = listed(client).alerts
    with gateway.client("api") as api:
        problem(silenced(api, alert.alert), 403, "forbidden")
    problem(silenced(client, alert.alert, reason=""), 422, "invalid-parameters")
    problem(silenced(client, alert.alert, hours=169), 422, "invalid-parameters")
    problem(silenced(client, "drift:nothing"), 404, "unknown-alert")


def test_what_has_ended_is_told_with_who_looked_after_it(client: httpx.Client, engine: Engine) -> None:
    judged(engine, Watch.DRIFT, "drifted", **MOVED)
    [alert] = listed(client).alerts
    assert listed(client).ended == []
    assert say(client, alert, note="The sensor is exchanged.").status_code == 201
    judged(engine, Watch.DRIFT, "stable")
    judged(engine, Watch.QUALITY, "good")
    found = listed(client)
    assert found.alerts == []
    [over] = found.ended
    assert (over.alert, over.since, over.detail) == (alert.alert, alert.since, "It is drifted.")
    assert over.since < over.ended_at
    assert over.acknowledgement is not None
    assert (over.acknowledgement.person, over.acknowledgement.note) == ("Ada", "The sensor is exchanged.")
    with engine.begin() as connection:
        long_ago = verdicts.c.evaluated_at - timedelta(days=2)
        connection.execute(update(verdicts).values(evaluated_at=long_ago))
    assert listed(client).ended == []


def test_the_files_and_machines_behind_it_can_be_led_to(client: httpx.Client, engine: Engine) -> None:
    batch = uuid4()
    of_file = {**MOVED["features"][0], "batch_ids": {"night.csv": str(batch)}}
    of_machine = {
        "feature": "machine_id M-7",
        "key": "M-7",
        "key_columns": ["machine_id"],
        "batches": {},
        "sources": {},
    }
    judged(engine, Watch.DRIFT, "drifted", features=[of_file, of_machine])
    judged(engine, Watch.QUALITY, "bad", refused=["a.csv"], files=[], batch_ids={"a.csv": str(batch)})
    found = {one.kind: one for one in listed(client).alerts}
    assert found["drift"].batch_ids == {"night.csv": batch}
    assert found["drift"].keys == [MovedKey(columns=["machine_id"], key="M-7")]
    assert found["quality"].batch_ids == {"a.csv": batch}


def test_programs_look_after_nothing(gateway: RunningGateway, engine: Engine) -> None:
    judged(engine, Watch.FRESHNESS, "silent")
    with gateway.client("api") as api:
        [alert] = listed(api).alerts
        problem(say(api, alert), 403, "forbidden")
    with gateway.client() as page:
        problem(say(page, alert, person=""), 422, "invalid-parameters")
        problem(say(page, alert, note="n" * 501), 422, "invalid-parameters")


def test_alerts_of_prometheus_stand_beside_ours(
    gateway: RunningGateway, client: httpx.Client, engine: Engine, tmp_path: Path
) -> None:
    judged(engine, Watch.DRIFT, "drifted", **MOVED)
    with prometheus(gateway, tmp_path):
        eventually(lambda: len(listed(client).alerts) == 2, 60)
        found = listed(client)
        assert (found.prometheus, found.problem) == ("asked", None)
        theirs, ours = found.alerts
        assert (theirs.source, theirs.severity, theirs.use_case) == ("prometheus", "critical", USE_CASE)
        assert (theirs.title, theirs.detail, theirs.action) == ("AlwaysOn", "It is always on.", "Look away.")
        assert ours.source == "monitoring"
        assert say(client, theirs, note="known").status_code == 201
        [theirs, ours] = listed(client).alerts
        assert theirs.acknowledgement is not None
        assert ours.acknowledgement is None


def test_an_alert_of_prometheus_that_ended_is_told_with_the_note_that_was_left_on_it(
    gateway: RunningGateway, client: httpx.Client, tmp_path: Path
) -> None:
    with prometheus(gateway, tmp_path) as process:
        eventually(lambda: len(listed(client).alerts) == 1, 60)
        [alert] = listed(client).alerts
        assert listed(client).ended == []
        assert say(client, alert, note="The disk is exchanged.").status_code == 201
        # Rules of the product are judged every 10 seconds, and so closely the end is looked for; here every second.
        eventually(lambda: datetime.now(UTC) - alert.since > timedelta(seconds=STEP_SECONDS), 60)
        over = RULE | {"expr": "vector(1) > 1"}
        (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "always", "rules": [over]}]}))
        process.send_signal(signal.SIGHUP)
        eventually(lambda: listed(client).alerts == [] and len(listed(client).ended) == 1, 60)
        [ended] = listed(client).ended
    assert (ended.alert, ended.source, ended.use_case) == (alert.alert, "prometheus", USE_CASE)
    assert ended.since == alert.since.replace(microsecond=0)
    assert ended.since < ended.ended_at
    assert ended.acknowledgement is not None
    assert (ended.acknowledgement.person, ended.acknowledgement.note) == ("Ada", "The disk is exchanged.")
