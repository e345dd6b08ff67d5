"""What came true, handed in on the page: looked at when the file is chosen, stored once, and told what is not."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.stand_in_gateway import ID, StandInGateway, problem
from tests.unit.ui.test_other_pages import SUMMARY, Open, open_page, press, words

__all__ = ["open_page"]  # the fixture of the pages beside this one

QUESTION = "POST /labels/file"
FIRST = {"item": 1, "prediction_id": ID, "key": None, "label": "failure", "labelled_at": None, "refusal": None}
ERROR = {"item": 2, "code": "unknown", "message": "there is no prediction 7 of machines"}


def found(**more: Any) -> tuple[int, dict[str, Any]]:
    counts = {"received": 2, "added": 1, "replaced": 0, "superseded": 0, "unknown": 1, "refused": 0}
    return 200, {"use_case": "machines", "dry_run": True, **counts, "first": [FIRST], "errors": [ERROR], **more}


@pytest.fixture
def past(open_page: Open, gateway: StandInGateway) -> AppTest:
    gateway.answers["GET /past-predictions/summary"] = (200, SUMMARY)
    return open_page("ui.predictions.page")


def hand_in(page: AppTest) -> AppTest:
    shown = page.file_uploader[0].set_value(("labels.csv", b"id,label\n", "text/csv")).run()
    assert not shown.exception
    return shown


def test_a_file_is_looked_at_and_then_stored(past: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[QUESTION] = found()
    page = hand_in(past)
    assert "2 labels, 1 of predictions without one before, 1 without a prediction" in words(page)
    first, errors = (frame.value for frame in page.dataframe[-2:])
    assert list(first["Came true"]) == ["failure"]
    assert list(errors["Why"]) == [ERROR["message"]]
    [looked] = gateway.requests(QUESTION)
    assert looked.parameters == {"use_case": "machines", "name": "labels.csv", "dry_run": "true"}
    page = press(page, "Store 1 label")
    assert [asked.parameters["dry_run"] for asked in gateway.requests(QUESTION)] == ["true", "false"]
    assert "**1 label stored.**" in words(page)


def test_labels_that_were_there_alike_are_told_from_those_that_are_replaced(
    past: AppTest, gateway: StandInGateway
) -> None:
    gateway.answers[QUESTION] = found(received=360, added=30, replaced=330, unchanged=330, unknown=0, errors=[])
    page = hand_in(past)
    assert r"**prediction_id**, **id** or **machine\_id**" in words(page)
    assert "30 of predictions without one before, 330 already there, and the same." in words(page)
    gateway.answers[QUESTION] = found(received=3, added=0, replaced=3, unchanged=1, unknown=0, errors=[])
    page = page.file_uploader[0].set_value(("more.csv", b"id,label\n", "text/csv")).run()
    assert "3 labels, 1 already there, and the same, 2 in place of another one." in words(page)


def test_a_file_without_a_good_label_cannot_be_stored(past: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[QUESTION] = found(added=0, unknown=2)
    page = hand_in(past)
    assert not [button for button in page.button if button.label.startswith("Store")]


def test_what_goes_wrong_is_told(past: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[QUESTION] = problem(422, "unreadable-file", "Labels of machines need a column.")
    assert "need a column" in words(hand_in(past))
    gateway.answers[QUESTION] = problem(404, "not-found")
    assert "does not take files of labels yet" in words(hand_in(past))
