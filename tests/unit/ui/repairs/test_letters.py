"""Dead letters on the page: rows corrected in a table and sent on, or letters discarded, by somebody for a reason."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.stand_in_gateway import ID, StandInGateway, problem
from tests.unit.ui.test_other_pages import LETTER, Open, open_page, press, words

__all__ = ["open_page"]  # the fixture of the pages beside this one

ROW = {"machine_id": "m", "quality": "M", "speed": 1480, "torque": 455, "humid": None}
ERROR = {
    "row": 1, "pointer": "/0/torque", "column": "torque", "rule": "maximum", "value": "455",
    "message": "torque: 455 is above 120",
}  # fmt: skip
REPAIR, DISCARD, ROWS = f"POST /dead-letters/{ID}/repair", "POST /dead-letters/discard", f"GET /dead-letters/{ID}/rows"
CONTENT = {**LETTER, "headers": {}, "body": "{broken", "body_truncated": False, "decisions": []}


@pytest.fixture
def letters(open_page: Open, gateway: StandInGateway, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page with its letter ticked: AppTest has no way to tick."""
    gateway.answers["GET /dead-letters"] = (200, {"dead_letters": [LETTER], "next_cursor": None})
    gateway.answers[f"GET /dead-letters/{ID}"] = (200, CONTENT)
    gateway.answers[ROWS] = rows(ROW, errors=[ERROR], errors_total=1)
    monkeypatch.setattr("ui.dead_letters.section.ticked", lambda _: [0])
    return open_page("ui.frame.operations_page")


def rows(*found: dict[str, Any], **more: Any) -> tuple[int, dict[str, Any]]:
    shown = {"use_case": "machines", "rows": found, "errors": [], "errors_total": 0, "problem": None}
    return 200, {**shown, "is_repairable": True, **more}


def decide(page: AppTest, button: str, person: str = "Ada", reason: str = "tenths") -> AppTest:
    """Write who and why into the form of a button, and press it."""
    key = "discard" if button.startswith("Discard") else f"repair-{ID}"
    of_form = [field for field in page.text_input if field.proto.form_id == f"form-{key}"]
    for field, text in zip(of_form, (person, reason), strict=True):
        field.set_value(text)
    return press(page, button)


def test_rows_of_a_letter_are_shown_with_what_is_wrong(letters: AppTest) -> None:
    editor = letters.data_editor[0].value
    assert (editor["(wrong)"][0], editor["torque"][0]) == ("Torque [Nm]: 455 is above 120", "455")
    assert "**Repair its rows** and send them on" in words(letters)


def test_rows_that_are_not_valid_are_not_sent(letters: AppTest, gateway: StandInGateway) -> None:
    page = decide(letters, "Send 1 repaired row on")
    assert "none was sent" in words(page)
    assert gateway.requests(REPAIR) == []


def test_valid_rows_are_sent_on_with_who_and_why(letters: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[ROWS] = rows({**ROW, "torque": 45.5})
    gateway.answers[REPAIR] = (200, {"letter_id": ID, "use_case": "machines", "rows": 1})
    page = decide(letters.run(), "Send 1 repaired row on")
    [asked] = gateway.requests(REPAIR)
    assert asked.json == {
        "person": "Ada", "reason": "tenths", "use_case": "machines", "rows": [{**ROW, "torque": 45.5}],
    }  # fmt: skip
    assert "**1 repaired row sent on.**" in words(page)


def test_a_message_that_is_no_rows_is_written_anew(letters: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[ROWS] = rows(problem="The body is not JSON.")
    gateway.answers[REPAIR] = problem(422, "invalid-rows", errors=[{**ERROR, "pointer": "/rows/0/torque"}])
    page = letters.run()
    assert page.text_area[0].value == "{broken"
    assert "This is not JSON; nothing was sent" in words(decide(page, "Send the rows on"))
    page.text_area[0].set_value('{"torque": 455}')
    page = decide(page, "Send the rows on")
    assert gateway.requests(REPAIR)[-1].json["rows"] == [{"torque": 455}]
    assert "none was sent" in words(page)


def test_letters_are_discarded_only_for_a_reason(letters: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[DISCARD] = (200, {"discarded": [ID], "skipped": []})
    page = decide(letters, "Discard 1 letter for good", reason=" ")
    assert "Write your name and the reason first" in words(page)
    assert gateway.requests(DISCARD) == []
    page = decide(page, "Discard 1 letter for good")
    assert gateway.requests(DISCARD)[-1].json == {"person": "Ada", "reason": "tenths", "letter_ids": [ID]}
    assert "**1 letter discarded.**" in words(page)


def test_who_decided_and_why_is_shown(letters: AppTest, gateway: StandInGateway) -> None:
    decision = {
        "decision": "repaired", "person": "Ada", "account": "webapp", "reason": "tenths", "rows": 2,
        "decided_at": "2026-05-04T12:00:00Z",
    }  # fmt: skip
    gateway.answers[f"GET /dead-letters/{ID}"] = (200, {**CONTENT, "decisions": [decision]})
    page = letters.run()
    assert "**Ada** sent it on with 2 repaired rows" in words(page)
    assert ": tenths" in words(page)


def test_a_gateway_without_repair_is_no_dead_end(letters: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[ROWS] = problem(404, "not-found")
    assert "does not repair letters yet" in words(letters.run())
    gateway.answers[ROWS] = rows(problem="It has 5,000 rows.", is_repairable=False)
    assert "cannot be repaired here" in words(letters.run())
