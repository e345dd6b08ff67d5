"""Somebody looks at a forecast: what is expected, in what interval, and how far off forecasts were."""

from __future__ import annotations

import csv

from playwright.sync_api import expect

from cli.demonstration.readings import SHOWN, USE_CASE, send_newest
from tests.end_to_end.ui.visitor import Visitor
from tests.support.running_stack import RunningStack
from tests.support.waiting import eventually
from usecases.forecasts.observations import options_of

HORIZON = options_of(USE_CASE).horizon


def test_a_forecast_is_shown_and_downloaded(stack: RunningStack, visitor: Visitor) -> None:
    send_newest(stack.engine, stack.folders.data)

    def forecasts() -> int:
        with stack.api() as api:
            found = api.get("/forecasts", params={"use_case": USE_CASE.name, "series": SHOWN}).json()
        return len(found.get("forecasts", []))

    eventually(lambda: forecasts() == HORIZON, 60)
    visitor.open("Forecasts")
    expect(visitor.page.get_by_role("combobox", name="Use case")).to_have_value(USE_CASE.title)
    visitor.pick("Series", SHOWN)
    visitor.sees("No version of the model has passed the gates yet.")
    assert visitor.violations() == []
    visitor.picture("forecasts")
    table = visitor.download(lambda: visitor.page.get_by_role("link", name="Download as CSV").click())
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    visitor.page.get_by_role("link", name="Train one").click()
    visitor.page.get_by_role("heading", name="Models", level=1).wait_for()
    expect(visitor.page.get_by_role("combobox", name="Use case")).to_have_value(USE_CASE.title)
    assert {int(row["horizon"]) for row in rows if row["series"] == SHOWN} == set(range(1, HORIZON + 1))
