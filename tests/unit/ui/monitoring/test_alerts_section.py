"""The list of alerts on Operations: what can be done, who looks after each, what is silenced, and what has ended."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from streamlit.testing.v1 import AppTest

from gateway_api.reference import examples
from tests.unit.ui.stand_in_gateway import StandInGateway
from ui.operations.next_steps import BY_RULE, COUNTED

LISTED: dict[str, Any] = examples.ANSWERS["alerts"]
THEIRS, OURS = (
    {**one, "use_case": use_case} for one, use_case in zip(LISTED["alerts"], (None, "machines"), strict=True)
)


@pytest.fixture
def alerts(page: AppTest, gateway: StandInGateway) -> AppTest:
    gateway.answers |= {
        "GET /alerts": (200, LISTED | {"alerts": [THEIRS, OURS], "prometheus": "away", "problem": "It is gone."}),
        "POST /alerts/acknowledge": (201, examples.ANSWERS["acknowledged"]),
        "POST /alerts/silence": (201, examples.ANSWERS["silenced"]),
    }
    script = "from ui.operations.alerts import show_alerts\nshow_alerts()"
    return AppTest.from_string(script, default_timeout=page.default_timeout).run()


def words(page: AppTest) -> str:
    kinds: tuple[Any, ...] = (page.markdown, page.error, page.info, page.warning, page.success, page.caption)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def press(page: AppTest, label: str) -> AppTest:
    page = next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def test_alerts_say_who_looks_after_them(alerts: AppTest, gateway: StandInGateway) -> None:
    said = words(alerts)
    assert "**Ada** looks after it since" in said
    assert "Files behind it: night\\-shift.csv" in said
    assert "Alerts of Prometheus are missing" in said
    alerts.text_input[0].set_value("Bo")
    page = press(alerts, "Say so")
    [asked] = gateway.requests("POST /alerts/acknowledge")
    assert (asked.json["alert"], asked.json["person"], asked.json["note"]) == (THEIRS["alert"], "Bo", "")
    assert "looks after it**, everybody sees" in words(page)


def test_an_alert_is_silenced_for_a_day_by_somebody_for_a_reason(alerts: AppTest, gateway: StandInGateway) -> None:
    page = press(alerts, "Silence it for a day")
    assert "Write your name and why first" in words(page)
    name, why = [field for field in page.text_input if field.label in {"Your name", "Why"}][1:3]
    name.set_value("Bo")
    why.set_value("Known.")
    page = press(page, "Silence it for a day")
    [asked] = gateway.requests("POST /alerts/silence")
    assert asked.json == {"alert": THEIRS["alert"], "person": "Bo", "reason": "Known.", "hours": 24}
    assert "Silenced until 2026-01-02" in words(page)


def test_a_silence_is_shown_and_can_be_ended(alerts: AppTest, gateway: StandInGateway) -> None:
    assert "**Silenced** by Ada until 2026-01-02" in words(alerts)
    name, why = [field for field in alerts.text_input if field.label in {"Your name", "Why"}][-2:]
    name.set_value("Bo")
    why.set_value("It is exchanged.")
    page = press(alerts, "Tell people again")
    [asked] = gateway.requests("POST /alerts/silence")
    assert (asked.json["alert"], asked.json["hours"]) == (OURS["alert"], 0)
    assert "People are told again" in words(page)


def test_what_has_ended_stays_for_a_day(alerts: AppTest, gateway: StandInGateway) -> None:
    assert [box.label for box in alerts.expander][-1] == "1 alert ended in the last 24 hours"
    assert "48 of 600 rows are bad" in words(alerts)
    gateway.answers["GET /alerts"] = (200, LISTED | {"alerts": [], "ended": []})
    page = alerts.run()
    assert "No alert" in words(page)
    assert [box.label for box in page.expander] == []


DEAD: dict[str, Any] = {**examples.ANSWERS["processes"]["processes"][1], "state": "silent", "silent_seconds": 4.2}


@pytest.mark.parametrize(
    ("red", "named"),
    [
        ("GET /health/ready", "Health says that model does not work"),
        ("GET /processes", f"(process {DEAD['pid']} on"),
    ],
)
def test_nothing_is_said_to_be_well_while_something_on_the_page_is_red(
    alerts: AppTest, gateway: StandInGateway, red: str, named: str
) -> None:
    down = {"code": "not-ready", "checks": [{"name": "model", "ok": False, "detail": "none"}]}
    answers = {"GET /health/ready": (503, down), "GET /processes": (200, {"services": [], "processes": [DEAD]})}
    gateway.answers["GET /alerts"] = (200, LISTED | {"alerts": [], "ended": []})
    assert "is as it should be" in words(alerts.run())
    gateway.answers[red] = answers[red]
    page = alerts.run()
    assert "No alert yet" in words(page)
    assert named in words(page)
    assert "is as it should be" not in words(page)


@pytest.mark.parametrize(("deaths", "begun"), [(1, 1), (2, 1), (2, 2)])
def test_a_death_is_over_once_another_was_begun_for_each(
    alerts: AppTest, gateway: StandInGateway, deaths: int, begun: int
) -> None:
    is_over = begun >= deaths
    dead = [{**DEAD, "pid": number, "last_heard_at": f"2026-01-02T07:00:0{number}Z"} for number in range(deaths)]
    living = [
        {**DEAD, "pid": 10 + number, "state": "running", "silent_seconds": None, "started_at": "2026-01-02T07:00:20Z"}
        for number in range(begun)
    ]
    service = {
        "service": DEAD["service"], "running": begun, "died": deaths, "last_death_at": dead[-1]["last_heard_at"],
        "running_since": "2026-01-02T07:00:20Z",
    }  # fmt: skip
    gateway.answers["GET /alerts"] = (200, LISTED | {"alerts": [], "ended": []})
    gateway.answers["GET /processes"] = (200, {"services": [service], "processes": [*living, *dead]})
    page = alerts.run()
    assert not page.exception
    assert ("is as it should be" in words(page)) is is_over
    assert any("died and" in box.label for box in page.expander) is is_over
    gateway.answers["GET /alerts"] = (200, LISTED)
    labels = [box.label for box in alerts.run().expander]
    assert "1 alert ended in the last 24 hours" in labels, "a line of its own"
    assert any("died and" in label for label in labels) is is_over
    assert (" of this kind work" in words(page)) is is_over


def test_a_death_that_nobody_replaced_is_not_over_however_long_ago(alerts: AppTest, gateway: StandInGateway) -> None:
    living = {**DEAD, "pid": 10, "state": "running", "silent_seconds": None, "started_at": "2026-01-01T07:00:00Z"}
    service = {
        "service": DEAD["service"], "running": 1, "died": 1, "last_death_at": "2026-01-02T07:00:00Z",
        "running_since": "2026-01-01T07:00:00Z",
    }  # fmt: skip
    dead = {**DEAD, "last_heard_at": "2026-01-02T07:00:00Z", "silent_seconds": 600.0}
    gateway.answers["GET /alerts"] = (200, LISTED | {"alerts": [], "ended": []})
    gateway.answers["GET /processes"] = (200, {"services": [service], "processes": [living, dead]})
    page = alerts.run()
    assert not page.exception
    assert not any("died and" in box.label for box in page.expander)


def test_what_prometheus_found_and_has_ended_keeps_its_note(alerts: AppTest, gateway: StandInGateway) -> None:
    over = {
        "alert": THEIRS["alert"], "source": "prometheus", "kind": THEIRS["kind"], "title": THEIRS["title"], "detail": "",
        "use_case": None, "since": "2026-01-01T06:05:00Z", "ended_at": "2026-01-01T07:05:00Z",
        "acknowledgement": {
            "person": "Ada", "account": "webapp", "note": "The disk is exchanged.", "acknowledged_at": "2026-01-01T06:10:00Z",
        },
    }  # fmt: skip
    gateway.answers["GET /alerts"] = (200, LISTED | {"ended": [over, over | {"acknowledgement": None}]})
    page = alerts.run()
    assert not page.exception
    assert "Found by Prometheus. Ada looked after it: The disk is exchanged." in words(page)
    assert "Found by Prometheus. Nobody said that they look after it." in words(page)


def test_rules_from_which_a_link_leads_elsewhere_are_rules_that_there_are() -> None:
    rules = yaml.safe_load(Path("monitoring/prometheus/rules/alerts.yml").read_text(encoding="utf-8"))
    by_name = {rule["alert"]: rule for group in rules["groups"] for rule in group["rules"]}
    assert set(BY_RULE) <= set(by_name)
    for name, length in COUNTED.items():
        minutes = length // timedelta(minutes=1)
        assert f"[{minutes}m]" in by_name[name]["expr"]
        assert f"in the last {minutes} minutes" in by_name[name]["annotations"]["summary"]
