"""Refused rows that nobody will repair, discarded on the page: by somebody, for a reason, and asked once more."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.stand_in_gateway import BATCH_ID, ID, StandInGateway, problem
from tests.unit.ui.test_other_pages import BAD_ROWS, QUALITY, Open, open_page, words
from tests.unit.ui.test_pages import press

__all__ = ["open_page"]  # the fixture of the pages beside this one

DISCARD = "POST /quarantine/discard"
ROWS: list[dict[str, Any]] = list(map(dict, BAD_ROWS["rows"]))  # type: ignore[arg-type]
SUM = ROWS[1]
"""A row that is none, and waits."""
GONE = SUM | {
    "row_number": 9, "discarded_at": "2026-05-04T14:00:00Z", "discarded_by": "Bob *", "discarded_reason": "a *sum*",
}  # fmt: skip
OF_FILE = {
    "batch_id": BATCH_ID, "name": "plant.csv", "source": "file", "received_at": "2026-05-04T12:00:00Z", "rows_in": 1000,
    "quarantined": 10, "not_kept": 1, "replayed": 2, "discarded": 1,
}  # fmt: skip
ALL = "Discard all 6 rows that wait"


def step(discarded: int, **more: Any) -> dict[str, Any]:
    return {"discarded": discarded, "skipped": [], "next_cursor": None, **more}


@pytest.fixture
def quality(open_page: Open, gateway: StandInGateway) -> AppTest:
    gateway.answers["GET /quarantine/summary"] = (200, QUALITY | {"by_batch": [OF_FILE]})
    gateway.answers[f"GET /batches/{BATCH_ID}/quarantine"] = (200, {**BAD_ROWS, "rows": [*ROWS, GONE]})
    page = open_page("ui.quarantine.page")
    return page.radio(key="period").set_value("all").run()


def decide(page: AppTest, button: str, person: str = "Ada", reason: str = "a line of sums") -> AppTest:
    """Write who and why into the form, and press its button."""
    of_form = [field for field in page.text_input if field.proto.form_id == f"form-discard-{BATCH_ID}"]
    for field, written in zip(of_form, (person, reason), strict=True):
        field.set_value(written)
    return press(page, button)


def asked(gateway: StandInGateway) -> list[dict[str, Any]]:
    return [one.json for one in gateway.requests(DISCARD)]


def test_all_rows_that_wait_are_discarded_once_it_was_asked_again(quality: AppTest, gateway: StandInGateway) -> None:
    steps = iter([step(5, next_cursor="more"), step(1)])
    gateway.answers[DISCARD] = lambda _: (200, next(steps))
    page = decide(quality, ALL)
    assert "**Discard all 6 rows that wait of plant.csv for good?** They cannot be repaired any more." in words(page)
    assert asked(gateway) == []
    page = press(page, "Yes, discard all 6 rows that wait")
    wanted = {"person": "Ada", "reason": "a line of sums", "use_case": "machines", "batch_id": BATCH_ID}
    assert asked(gateway) == [{**wanted, "cursor": None}, {**wanted, "cursor": "more"}]
    assert "**6 rows discarded.**" in words(page)
    assert "for good?" not in words(page)


def test_rows_that_are_ticked_are_discarded_by_their_numbers(
    quality: AppTest, gateway: StandInGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tick_the_sum(rows: pd.DataFrame, **_: Any) -> pd.DataFrame:
        return rows.assign(**{"(send)": rows["(row)"] == SUM["row_number"]})

    monkeypatch.setattr("ui.quarantine.repair.st.data_editor", tick_the_sum)
    message = "row 6 of plant.csv was discarded by Bob: *sums*"
    gateway.answers[DISCARD] = (
        200,
        step(0, skipped=[{"batch_id": BATCH_ID, "row_number": 6, "message": message}]),
    )
    page = decide(quality.run(), "Discard 1 ticked row")
    page = press(page, "Yes, discard 1 ticked row")
    [wanted] = asked(gateway)
    assert wanted["rows"] == [{"batch_id": BATCH_ID, "row_number": 6}]
    assert "batch_id" not in wanted
    assert "**0 rows discarded.**" in words(page)
    assert "was discarded by Bob\\: \\*sums\\*" in words(page)


def test_nothing_is_discarded_without_a_reason_a_tick_or_a_yes(quality: AppTest, gateway: StandInGateway) -> None:
    page = decide(quality, ALL, reason=" ")
    assert "Write your name and the reason first" in words(page)
    page.radio(key=f"discard-which-{BATCH_ID}-False").set_value("ticked").run()
    page = decide(page, "Discard 0 ticked rows")
    assert "Tick rows in the table above first" in words(page)
    page.radio(key=f"discard-which-{BATCH_ID}-False").set_value("all").run()
    page = press(decide(page, ALL), "No, keep them")
    assert "for good?" not in words(page)
    assert asked(gateway) == []


def test_who_discarded_which_rows_when_and_why_is_shown(quality: AppTest) -> None:
    assert "1 row discarded" in [expander.label for expander in quality.expander]
    assert "**Bob \\*** discarded row 9, " in words(quality)
    assert ": a \\*sum\\*" in words(quality)
    numbers = [int(number) for number in quality.data_editor[0].value["(row)"]]
    assert numbers == [5, 6], "only those that wait are repaired"


def test_where_none_waits_any_more_that_is_said(quality: AppTest, gateway: StandInGateway) -> None:
    sent = SUM | {"row_number": 5, "replayed_as": ID, "replayed_at": "2026-05-04T13:00:00Z"}
    gateway.answers[f"GET /batches/{BATCH_ID}/quarantine"] = (200, {**BAD_ROWS, "rows": [sent, GONE]})
    page = quality.run()
    assert "All rows shown here were repaired or discarded." in words(page)
    assert "Discard rows that nobody will repair" not in [expander.label for expander in page.expander]


def test_what_goes_wrong_is_told(quality: AppTest, gateway: StandInGateway) -> None:
    answers = iter([(200, step(5, next_cursor="more")), problem(503, "database-away", "The database is away.")])
    gateway.answers[DISCARD] = lambda _: next(answers)
    page = press(decide(quality, ALL), "Yes, discard all 6 rows that wait")
    assert "The database is away" in words(page)
    assert "**5 rows discarded.**" in words(page.run())
    gateway.answers[DISCARD] = problem(404, "not-found")
    page = press(decide(page, ALL), "Yes, discard all 6 rows that wait")
    assert "does not discard rows yet" in words(page)
