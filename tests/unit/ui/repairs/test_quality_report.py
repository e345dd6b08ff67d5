"""Quality reports on the page: counted once they are asked for, and to be downloaded as one page."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.stand_in_gateway import BATCH_ID, StandInGateway, problem
from tests.unit.ui.test_other_pages import QUALITY, Open, open_page, words

__all__ = ["open_page"]  # the fixture of the pages beside this one

QUESTION = f"GET /batches/{BATCH_ID}/report"
TORQUE = {
    "column": "torque", "rule": "maximum", "expected": "is 120 or less", "holds": False, "rows": 1000, "broken": 12,
    "share": 0.012, "examples": [{"value": "455", "message": "torque: 455 is above 120"}],
}  # fmt: skip
SPEED = {**TORQUE, "column": "speed", "holds": True, "broken": 0, "share": 0.0, "examples": []}
REPORT: dict[str, Any] = {
    "rows_in": 1000, "quarantined": 12, "counted": 12, "holds": False, "problem": None, "expectations": [SPEED, TORQUE],
}  # fmt: skip


@pytest.fixture
def quality(open_page: Open, gateway: StandInGateway) -> AppTest:
    gateway.answers["GET /quarantine/summary"] = (200, QUALITY)
    page = open_page("ui.quarantine.page")
    return page.radio(key="period").set_value("all").run()


def test_a_file_is_reported_once_it_is_asked_for(quality: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[QUESTION] = (200, REPORT)
    assert gateway.requests(QUESTION) == []
    page = quality.toggle(key=f"report-{BATCH_ID}").set_value(v=True).run()
    assert not page.exception
    assert "**1 of 2 expectations is broken.** 1,000 rows read, 12 refused." in words(page)
    [shown] = [frame.value for frame in page.dataframe if "Expectation" in frame.value.columns]
    assert list(shown["Column"]) == ["Torque [Nm]", "Speed [rpm]"]
    assert shown["For example"][0] == "Torque [Nm]: 455 is above 120"


def test_a_day_is_reported(quality: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["GET /data-quality/report"] = (200, {**REPORT, "counted": 10})
    page = quality.toggle(key="report-of-day-machines").set_value(v=True).run()
    assert not page.exception
    assert "Counted are the reasons of 10 refused rows" in words(page)
    [asked] = gateway.requests("GET /data-quality/report")
    assert asked.parameters["use_case"] == "machines"
    assert len(asked.parameters["day"]) == len("2026-05-04")


def test_a_gateway_without_reports_is_no_dead_end(quality: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[QUESTION] = problem(404, "not-found")
    page = quality.toggle(key=f"report-{BATCH_ID}").set_value(v=True).run()
    assert "does not report expectation by expectation yet" in words(page)
