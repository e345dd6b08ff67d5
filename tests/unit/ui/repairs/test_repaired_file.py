"""Refused rows repaired in Excel, on the page: looked at when the file is chosen, sent once, and told what stays wrong."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.stand_in_gateway import BATCH_ID, ID, StandInGateway, problem
from tests.unit.ui.test_other_pages import QUALITY, Open, open_page, press, words

__all__ = ["open_page"]  # the fixture of the pages beside this one

QUESTION = "POST /quarantine/replay/file"
ERROR = {
    "row": 3, "row_number": 5, "column": "torque", "rule": "maximum", "value": "455",
    "message": "torque: 455 is above 120",
}  # fmt: skip


def found(valid: int, **more: Any) -> tuple[int, dict[str, Any]]:
    wrong = {"still_wrong": 1, "errors": [ERROR], "errors_total": 1}
    return 200, {"rows_in": 3, "valid": valid, "sent_before": 0, "batch_id": None, **wrong, **more}


@pytest.fixture
def quality(open_page: Open, gateway: StandInGateway) -> AppTest:
    gateway.answers["GET /quarantine/summary"] = (200, QUALITY)
    page = open_page("ui.quarantine.page")
    return page.radio(key="period").set_value("all").run()


def hand_in(page: AppTest) -> AppTest:
    shown = page.file_uploader[0].set_value(("repaired.xlsx", b"bytes of a workbook", "")).run()
    assert not shown.exception
    return shown


def test_a_file_is_looked_at_and_then_sent_once(quality: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[QUESTION] = found(2)
    page = hand_in(quality)
    assert "2 of 3 rows can be sent again" in words(page)
    assert page.dataframe[-1].value.iloc[0]["What is wrong"] == "Torque [Nm]: 455 is above 120"
    [looked] = gateway.requests(QUESTION)
    assert looked.parameters == {
        "use_case": "machines", "batch_id": BATCH_ID, "name": "repaired.xlsx", "dry_run": "true",
    }  # fmt: skip
    assert looked.body == b"bytes of a workbook"
    gateway.answers[QUESTION] = found(2, batch_id=ID)
    page = press(page, "Send 2 rows of the file again")
    assert [asked.parameters["dry_run"] for asked in gateway.requests(QUESTION)] == ["true", "false"]
    assert "**2 repaired rows sent again.**" in words(page)
    assert "1 row of the file stays refused as it is:" in words(page)
    assert "sent again.**" not in words(page.run()), "told once"


def test_a_file_without_a_valid_row_cannot_be_sent(quality: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[QUESTION] = found(0, rows_in=1, sent_before=1, still_wrong=0, errors=[], errors_total=0)
    page = hand_in(quality)
    assert "0 of 1 row can be sent again" in words(page)
    assert "1 row was sent again before, and not twice" in words(page)
    assert not [button for button in page.button if "of the file again" in button.label]


def test_what_goes_wrong_is_told(quality: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[QUESTION] = problem(422, "unreadable-file", "repaired.xlsx: no column row_number.")
    assert "no column row\\_number" in words(hand_in(quality))
    gateway.answers[QUESTION] = problem(404, "not-found")
    assert "does not take repaired files yet" in words(hand_in(quality))
