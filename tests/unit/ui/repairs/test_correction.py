"""One correction for all refused rows, on the page: looked at first, gone through to the end, and told what stays wrong."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.stand_in_gateway import BATCH_ID, ID, StandInGateway, problem
from tests.unit.ui.test_other_pages import BAD_ROWS, QUALITY, Open, open_page, words
from tests.unit.ui.test_pages import press

__all__ = ["open_page"]  # the fixture of the pages beside this one

BAD_QUALITY = {"column": "quality", "rule": "isin", "value": "Z", "message": "quality: 'Z' is none of L, M, H"}
ROW = {
    "row_number": 8, "raw": '{"quality": "Z", "speed": "1480", "torque": 41.5}', "reasons": [BAD_QUALITY],
    "created_at": "2026-05-04T12:00:00Z", "replayed_as": None, "replayed_at": None,
}  # fmt: skip
STILL = {"column": "torque", "rule": "maximum", "rows": 2, "message": "torque: 455 is greater than 120"}


def step(matched: int, corrected: int, **more: Any) -> dict[str, Any]:
    return {
        "matched": matched,
        "corrected": corrected,
        "still_wrong": [],
        "batch_id": None,
        "next_cursor": None,
        **more,
    }


@pytest.fixture
def quality(open_page: Open, gateway: StandInGateway) -> AppTest:
    gateway.answers["GET /quarantine/summary"] = (200, QUALITY)
    page = open_page("ui.quarantine.page")
    gateway.answers[f"GET /batches/{BATCH_ID}/quarantine"] = (200, {**BAD_ROWS, "rows": [ROW]})
    return page.radio(key="period").set_value("all").run()


@pytest.fixture
def chosen(quality: AppTest) -> AppTest:
    """The page once somebody has said what takes the place of the value."""
    return quality.selectbox(key=f"correct-by-{BATCH_ID}-quality").set_value("L").run()


def test_nothing_is_sent_before_somebody_says_what_takes_its_place(quality: AppTest) -> None:
    pressable = {button.label: not button.disabled for button in quality.button}
    assert (pressable["See what it does"], pressable["Correct all and send"]) == (False, False)


def test_all_rows_are_corrected_page_after_page(chosen: AppTest, gateway: StandInGateway) -> None:
    steps = iter([step(5000, 5000, batch_id=ID, next_cursor="more"), step(120, 118, batch_id=ID, still_wrong=[STILL])])
    gateway.answers["POST /quarantine/corrections"] = lambda _: (200, next(steps))
    page = press(chosen, "Correct all and send")
    assert not page.exception
    first, second = [asked.json for asked in gateway.requests("POST /quarantine/corrections")]
    assert first == {
        "use_case": "machines", "column": "quality", "value": "Z", "replacement": "L", "batch_id": BATCH_ID,
        "dry_run": False, "cursor": None,
    }  # fmt: skip
    assert second["cursor"] == "more"
    assert "**5,118 rows corrected and sent again.**" in words(page)
    assert "2 stay as they were" in words(page)


def test_a_look_sends_nothing(chosen: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["POST /quarantine/corrections"] = (200, step(1, 1))
    page = press(chosen, "See what it does")
    [asked] = gateway.requests("POST /quarantine/corrections")
    assert asked.json["dry_run"] is True
    assert "**1 row has this value**; 1 would be valid and sent" in words(page)


def test_what_goes_wrong_is_told(chosen: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["POST /quarantine/corrections"] = problem(409, "already-replayed", "Row 8 was sent again.")
    assert "Row 8 was sent again" in words(press(chosen, "Correct all and send"))
    gateway.answers["POST /quarantine/corrections"] = problem(404, "not-found")
    assert "does not correct all rows at once yet" in words(press(chosen, "Correct all and send"))


def test_what_is_missing_is_filled_in(quality: AppTest, gateway: StandInGateway) -> None:
    reasons = [
        {"column": name, "rule": "missing", "value": None, "message": f"{name}: missing"}
        for name in ("quality", "torque")
    ]
    gateway.answers[f"GET /batches/{BATCH_ID}/quarantine"] = (200, {**BAD_ROWS, "rows": [{**ROW, "reasons": reasons}]})
    gateway.answers["POST /quarantine/corrections"] = (200, step(1, 1))
    page = quality.run()
    offered = page.selectbox(key=f"correct-value-{BATCH_ID}")
    assert [option.rsplit(": ")[-1] for option in offered.options] == ["(empty)", "(empty)"]
    page = offered.set_value(("torque", None)).run()
    page = page.text_input(key=f"correct-by-{BATCH_ID}-torque").set_value("41,5").run()
    press(page, "See what it does")
    [asked] = [one.json for one in gateway.requests("POST /quarantine/corrections")]
    assert (asked["column"], asked["value"], asked["replacement"]) == ("torque", None, "41,5")
