"""The whole product with its page, and a browser in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, sync_playwright

from local_stack.services.service_list import list_services
from tests.end_to_end.ui.visitor import AXE, CHROMIUM, HEADER, OPTIONS, Visitor
from tests.support.running_stack import RunningStack

Visit = Callable[..., Visitor]

GOOD = "mill-{number},M,300.1,310.4,1480,41.5,108\n"
"""A row of a file that keeps every rule."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not for the whole run: while it is there, no other test can have an event loop in this thread.
    assert CHROMIUM.exists(), "the page is tested in Debian's chromium: deploy/setup.sh chromium"
    assert AXE.exists(), "axe-core is missing: npm ci --ignore-scripts in tests/end_to_end/ui"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield browser
        browser.close()


def beside_the_browser(work: Coroutine[Any, Any, None]) -> None:
    """Run something asynchronous in a thread, for the browser has an event loop in this one."""
    with ThreadPoolExecutor() as thread:
        thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def address(stack: RunningStack) -> str:
    return next(service.url for service in list_services(stack.stack) if service.name == "ui")


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Return a visitor with an empty browser."""
    with visiting(browser, address) as come:
        yield come


@contextmanager
def visiting(browser: Browser, address: str) -> Iterator[Visit]:
    """Open the page to visitors with empty browsers; at the end, nobody was asked but the page itself."""
    contexts = []

    def come(address: str = address, elsewhere_allowed: str = "", **settings: Any) -> Visitor:
        wanted: dict[str, Any] = {"viewport": {"width": 1280, "height": 1100}, "timezone_id": "UTC", **settings}
        context = browser.new_context(**wanted)
        contexts.append(context)
        visitors.append(Visitor(context.new_page(), address, elsewhere_allowed))
        return visitors[-1]

    visitors: list[Visitor] = []
    yield come
    for context in contexts:
        context.close()
    assert [url for visitor in visitors for url in visitor.elsewhere] == []


@pytest.fixture
def visitor(visit: Visit) -> Visitor:
    return visit()


@pytest.fixture(scope="session")
def dropped(stack: RunningStack) -> UUID:
    """A dropped file of twenty rows, two of them bad."""
    lines = [GOOD.format(number=number) for number in range(20)]
    lines[4] = "mill-4,M,300.1,310.4,1480,455,108\n"
    lines[9] = "mill-9,X,300.1,310.4,fast,41.5,108\n"
    batch_id = stack.drop((HEADER + "\n" + "".join(lines)).encode(), "night-shift.csv")
    stack.wait_done(batch_id)
    return batch_id
