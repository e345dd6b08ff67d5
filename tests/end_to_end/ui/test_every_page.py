"""The first look: what `make demo` leaves behind gives every page something to show, to everybody, in the dark and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from local_stack.services.service_list import list_services
from tests.end_to_end.ui.conftest import Visit, visiting
from tests.end_to_end.ui.rows.test_why import EVERYWHERE, can_be_used
from tests.end_to_end.ui.visitor import PAGES
from tests.support.running_stack import RunningStack, running_stack

CHARTS = {"Past predictions": 1, "Forecasts": 2, "Data quality": 1, "Monitoring": 4}
"""Charts that a page has at least, of those that have any."""

NOTHING = (
    "No predictions found", "Nothing was predicted", "No outcome is known yet", "No span of this period", "No batch fits",
    "No change is noted yet", "No hour that was forecast", "There is no forecast", "Nothing to compare", "Too few rows to judge", "There is no use case yet", "No row was refused",
)  # fmt: skip
"""What a page says where it has nothing to show."""

OF_A_DAY = {"Past predictions", "Data quality", "Monitoring"}
"""Pages on which a span of time is chosen."""

ELSEWHERE = {"Predict", "Data quality", "New use case"}
"""Pages whose light picture shows a task on its way, and is taken by its test."""


@dataclass(frozen=True)
class Demonstration:
    """A stack of its own, which the demonstration ran on."""

    stack: RunningStack
    address: str
    printed: str


@pytest.fixture(scope="module")
def demonstration() -> Iterator[Demonstration]:
    with running_stack() as stack:
        printed = stack.command("demo")
        address = next(service.url for service in list_services(stack.stack) if service.name == "ui")
        yield Demonstration(stack, address, printed)


@pytest.fixture
def look(browser: Browser, demonstration: Demonstration) -> Iterator[Visit]:
    with visiting(browser, demonstration.address) as come:
        yield come


def test_the_demonstration_says_what_it_made_and_balances(demonstration: Demonstration) -> None:
    assert "The day before was made up: 25 files" in demonstration.printed
    assert "Version 2 scores the same rows in shadow" in demonstration.printed
    assert "In balance." in demonstration.printed
    again = demonstration.stack.command("demo", "--rows", "1000")
    assert "was made up" not in again
    assert "In balance." in again


@pytest.mark.parametrize(("name", "settings"), EVERYWHERE)
def test_every_page_has_something_to_show(look: Visit, name: str, settings: dict[str, object]) -> None:
    visitor = look(**settings)
    for page, path in PAGES.items():
        visitor.open(page)
        if page == "Forecasts":
            visitor.sees("How far off forecasts were")
        if page in OF_A_DAY:
            visitor.choose("24 hours")
        if CHARTS.get(page):
            visitor.page.get_by_test_id("stVegaLiteChart").nth(CHARTS[page] - 1).wait_for(state="attached")
        visitor.page.wait_for_timeout(500)
        said = visitor.page.locator("body").inner_text()
        assert [words for words in NOTHING if words in said] == [], page
        can_be_used(visitor)
        if name != "light":
            visitor.picture(f"{path or 'predict'}-{name}")
        elif page not in ELSEWHERE:
            visitor.picture(path)


def test_the_incident_is_told_where_people_look_for_it(look: Visit) -> None:
    visitor = look()
    visitor.open("Operations")
    visitor.sees("No alert")
    visitor.page.get_by_text(re.compile(r"\d+ alerts ended in the last 24 hours")).click()  # also those of Prometheus
    visitor.sees("Ada looked after it")
    visitor.page.get_by_role("link", name="Why mill-hall-recalibrated.csv was refused").click()
    visitor.sees("The whole file was refused.")
    visitor.page.goto(f"{visitor.address}/monitoring?period=24+hours")
    visitor.sees("No drift")
    visitor.pick("Look at", "Torque [Nm]")
    visitor.sees("columns changed in mill")
    visitor.scroll_to(visitor.page.get_by_role("heading", name="Performance by version"))
    visitor.settle()
    visitor.picture("monitoring-performance")
    visitor.page.goto(f"{visitor.address}/past-predictions?key=M-07")
    visitor.sees("History of M-07")
