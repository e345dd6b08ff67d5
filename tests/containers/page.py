"""The pages of the services in containers, seen by a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.containers.composed import UI, Composed
from tests.end_to_end.ui.visitor import CHROMIUM, OPTIONS, PAGES, Visitor


@pytest.fixture
def page(composed: Composed) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield browser.new_context(viewport={"width": 1280, "height": 1100}, timezone_id="UTC").new_page()
        browser.close()


@pytest.mark.timeout(900)
def test_the_page_predicts_and_shows_what_containers_have_done(composed: Composed, page: Page) -> None:
    visitor = Visitor(page, UI)
    visitor.open()
    visitor.field("Machine id").fill("mill-in-a-container")
    visitor.field("Torque").fill("52.5")
    visitor.timed("a row by the form, in containers", lambda: visitor.press("Predict", then_sees="Model version"))
    shown = visitor.figure("Prediction")
    query = "select prediction, source from predictions.equipment_failure where machine_id = 'mill-in-a-container'"
    assert composed.query(query) == f"{shown}|webapp"
    visitor.picture("in-containers-predicted")
    for name in PAGES:
        visitor.open(name)
        page.wait_for_timeout(500)
        assert page.get_by_test_id("stException").count() == 0, name
        visitor.picture(f"in-containers-{PAGES[name] or 'predict'}")
    assert visitor.elsewhere == []
