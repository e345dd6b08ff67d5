"""Somebody in front of the page: a headless Chromium, and what a person does with it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.sync_api import Error, Locator, Page, expect

from tests.support.session.figures import show

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HEADER = (
    "machine_id,product_quality,air_temperature_k,process_temperature_k,rotational_speed_rpm,torque_nm,tool_wear_min"
)
STILL = (
    "document.getAnimations().every(one => one.playState !== 'running' || "
    "one.effect.getComputedTiming().iterations === Infinity)"
)
PAGES = {
    "Predict": "",
    "Past predictions": "past-predictions",
    "Data quality": "data-quality",
    "Models": "models",
    "Monitoring": "monitoring",
    "Forecasts": "forecasts",
    "Operations": "operations",
    "New use case": "new-use-case",
}


class Visitor:
    """A person with a browser tab."""

    def __init__(self, page: Page, address: str, elsewhere_allowed: str = "") -> None:
        self.page = page
        self.address = address
        own = (address, address.replace("http", "ws", 1), "data:", "blob:")
        self._expected = (*own, elsewhere_allowed) if elsewhere_allowed else own
        page.set_default_timeout(30_000)  # as for what it sees: other tests run beside it
        self.elsewhere: list[str] = []
        """Requests to anywhere but the page's own server."""
        page.on("request", self._note)

    def _note(self, request: Any) -> None:
        if not request.url.startswith(self._expected):
            self.elsewhere.append(request.url)

    def open(self, name: str = "Predict") -> None:
        """Open a page by its address, as a bookmark does."""
        self.page.goto(f"{self.address}/{PAGES[name]}")
        self.page.get_by_role("heading", name=name, level=1).wait_for()
        self.settle()

    def go(self, name: str) -> None:
        """Go to a page by the navigation."""
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.page.get_by_role("heading", name=name, level=1).wait_for()
        self.settle()

    def open_refused_rows(self, batch: UUID) -> None:
        """Open Data quality at the refused rows of a file, as a link to it does."""
        self.page.goto(f"{self.address}/data-quality?batch={batch}")
        self.page.get_by_role("button", name="Send repaired rows again").wait_for()
        self.settle()

    def unfold(self, title: str) -> None:
        """Unfold what is folded below a title, by the keyboard."""
        self.page.locator("summary").filter(has_text=title).focus()
        self.page.keyboard.press("Enter")

    def settle(self) -> None:
        """Wait until the page has come to rest."""
        # Looks before every picture: other ways to wait look twice a second at last, and miss the short rests of a page
        # of which a part is looked up each second.
        self.page.wait_for_function(
            f"() => document.querySelector(\"[data-test-script-state='notRunning']\") !== null && {STILL}"
        )

    def _hold_still(self) -> None:
        """Wait until nothing unfolds any more: where a button moves between mouse down and up, neither is a click."""
        self.page.wait_for_function(f"() => {STILL}")

    def press(self, label: str, *, then_sees: str = "") -> None:
        """Press a button, and wait for what it brings."""
        self._hold_still()
        self.page.get_by_role("button", name=label, exact=True).click()
        if then_sees:
            self.sees(then_sees)

    def choose(self, label: str) -> None:
        """Choose a radio button."""
        # Its text: the button itself is drawn, and the real one is hidden below.
        self.page.get_by_role("radiogroup").get_by_text(label, exact=True).click()
        self.settle()

    def pick(self, label: str, option: str) -> None:
        """Pick from a list by writing what is looked for; what else fits may stand above it."""
        deadline = time.monotonic() + 30
        while True:
            self.look_for(label, option)
            try:
                return self.page.get_by_role("option", name=option, exact=True).click(timeout=5_000)
            except Error:
                if time.monotonic() > deadline:
                    raise

    def look_for(self, label: str, option: str) -> Locator:
        """Open a list and write what is looked for, so that it is one key away.

        What comes late, a picture or a part of the page, closes an open list; a person opens it again.
        """
        box = self.page.get_by_role("combobox", name=label)
        deadline = time.monotonic() + 30
        while True:
            self.settle()
            box.click()
            box.fill(option)
            try:
                self.page.get_by_role("option", name=option, exact=True).wait_for(timeout=5_000)
            except Error:
                if time.monotonic() > deadline:
                    raise
                self.page.keyboard.press("Escape")
            else:
                return box

    def field(self, label: str) -> Locator:
        """Find a field of a form; the button with its help bears the same label."""
        return self.page.locator(f'input[aria-label^="{label}"]')

    def hand_in(self, file: Path) -> None:
        self.page.locator("input[type=file]").set_input_files(file)

    def sees(self, text: str, seconds: float = 30) -> Locator:
        """Wait for a text; where it does not come, the failure shows what the page says instead."""
        # Any that is seen: the first may be one that goes, hidden, while the page draws itself anew.
        found = self.page.get_by_text(text).filter(visible=True).first
        try:
            found.wait_for(timeout=seconds * 1000)
        except Error as error:
            state = self.page.locator("[data-test-script-state]").get_attribute("data-test-script-state")
            raise AssertionError(
                f"{text!r} not seen; the script is {state}, the page says:\n{self.page.locator('body').inner_text()}"
            ) from error
        return found

    def scroll_to(self, target: Locator) -> None:
        """Scroll to something; the page may draw it anew meanwhile, and then it is looked for again."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return target.scroll_into_view_if_needed()
            except Error as error:
                if "not attached" not in str(error) or time.monotonic() > deadline:
                    raise

    def figure(self, label: str) -> str:
        """Read one of the large figures."""
        metric = self.page.get_by_test_id("stMetric").filter(has=self.page.get_by_text(label, exact=True))
        return metric.get_by_test_id("stMetricValue").first.inner_text()

    def shows(self, label: str, figure: str) -> None:
        """Wait until one of the large figures is this."""
        metric = self.page.get_by_test_id("stMetric").filter(has=self.page.get_by_text(label, exact=True))
        value = metric.get_by_test_id("stMetricValue").first
        expect(value).to_have_text(figure, timeout=30_000)

    def tick_first_row(self, table: Locator) -> None:
        """Tick the box before the first row of a table, which is one picture to the browser."""
        self.scroll_to(table)
        table.click(position={"x": 18, "y": 52})
        self.settle()

    def download(self, press: Callable[[], None]) -> Path:
        """Press something that downloads and give the file."""
        with self.page.expect_download() as download:
            press()
        return Path(download.value.path())

    def violations(self) -> list[str]:
        """Name what keeps people out, by the rules of axe-core: the serious and the critical."""
        # Away from every button: the colour of one below the mouse fades in, as does what can be pressed again.
        self.page.mouse.move(2, 700)
        if self.page.get_by_test_id("stApp").count():  # a report that was saved is a page of its own
            self.settle()
        self.page.wait_for_timeout(400)
        self._hold_still()
        self.page.evaluate(AXE.read_text())
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
        found = self.page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
        return [
            f"{violation['impact']} {violation['id']}: {node['html'][:200]}"
            for violation in found["violations"]
            if violation["impact"] in {"serious", "critical"}
            for node in violation["nodes"]
        ]

    def picture(self, name: str) -> None:
        """Keep a picture for the docs, where `make screenshots` asks for it."""
        folder = os.environ.get("SMARTPREDICT_SCREENSHOTS")
        if folder:
            self.page.mouse.move(2, 700)  # no tip of a button in the picture
            for waiting in ("stSkeleton", "stAppSkeleton"):  # grey where something is drawn yet
                expect(self.page.get_by_test_id(waiting).filter(visible=True)).to_have_count(0, timeout=30_000)
            self.page.wait_for_timeout(700)  # charts fade in
            self.page.screenshot(path=Path(folder) / f"{name}.png")

    def timed(self, name: str, act: Callable[[], None], then_sees: str = "") -> None:
        """Show how long something takes to be seen."""
        begin = time.perf_counter()
        act()
        if then_sees:
            # Looks before every picture that the browser draws; every other way to wait looks twice a second at last.
            self.page.wait_for_function("text => document.body.innerText.includes(text)", arg=then_sees)
        show(f"{name}: {1000 * (time.perf_counter() - begin):.0f} ms")
