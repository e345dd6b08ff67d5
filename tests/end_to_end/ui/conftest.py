"""The whole product with its page, and a browser in front of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pandas as pd
import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import delete, func, select

from broker.dead_letters import dead_letter
from broker.topology import INBOX
from broker.transport.publisher import Publisher
from local_stack.services.service_list import list_services
from sql.base.tables import dead_letters
from sql.drift.tables import alert_silences, verdicts
from sql.drift.verdicts import Found, Watch, store_verdicts
from tests.end_to_end.ui.visitor import AXE, CHROMIUM, HEADER, OPTIONS, Visitor
from tests.support.pipeline import EQUIPMENT, equipment_rows
from tests.support.running_stack import TABLE, RunningStack
from tests.support.waiting import eventually
from usecases.checking.row_model import example_row

Visit = Callable[..., Visitor]

GOOD = "mill-{number},M,300.1,310.4,1480,41.5,108\n"
"""A row of a file that keeps every rule."""

DETAIL = "torque_nm moved (PSI 0.41); it comes from night-shift.csv (file)."
OVER = "2,000 rows look like the training data."
"""What the monitoring says of a drift, and once it is over."""


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


@pytest.fixture(scope="session")
def moved(stack: RunningStack) -> None:
    """A file of worn tools and strained spindles, of which it is known later what came true."""
    frame = pd.DataFrame(equipment_rows(2_000, seed=91).to_pylist())[HEADER.split(",")]
    frame["torque_nm"] = (frame["torque_nm"] + 25).clip(upper=120)
    batch = stack.drop(frame.to_csv(index=False).encode(), "strained.csv")
    stack.wait_done(batch)
    with stack.engine.connect() as connection:
        rows = connection.execute(select(TABLE.c.id, TABLE.c.prediction).where(TABLE.c.batch_id == batch)).all()
    # Every tenth prediction turns out to be wrong.
    other = {"ok": "failure", "failure": "ok"}
    labels = [
        {"prediction_id": str(row.id), "label": other[row.prediction] if number % 10 == 0 else row.prediction}
        for number, row in enumerate(rows)
    ]
    with stack.api() as api:
        answer = api.post("/labels", json={"use_case": EQUIPMENT.name, "labels": labels[:1_000]})
    assert answer.json()["added"] == 1_000, answer.text


@pytest.fixture
def drifted(stack: RunningStack, dropped: UUID) -> Iterator[None]:
    """A verdict that the monitoring keeps."""
    now = datetime.now(UTC)
    shares = {"batches": {"night-shift.csv": 0.4}, "batch_ids": {"night-shift.csv": str(dropped)}}
    moved = {"feature": "torque_nm", "sources": {"file": 0.4}, **shares}
    machine = {
        "feature": "machine_id mill-3",
        "key": "mill-3",
        "key_columns": ["machine_id"],
        "batches": {},
        "sources": {},
    }
    found = Found(
        Watch.DRIFT, "drifted", is_bad=True, detail=DETAIL, facts={"features": [moved, machine]}, since=now - timedelta(hours=1),
        until=now,
    )  # fmt: skip
    store_verdicts(stack.engine, "equipment_failure", [found])
    yield
    with stack.engine.begin() as connection:
        connection.execute(delete(verdicts).where(verdicts.c.detail.in_([DETAIL, OVER])))
        connection.execute(delete(alert_silences))


@pytest.fixture
def letter(stack: RunningStack) -> Iterator[UUID]:
    """A message of two rows that died since nothing named it."""
    name = f"letter-{uuid4()}"
    rows = [{**example_row(EQUIPMENT), "machine_id": f"{name}-{number}"} for number in range(2)]
    put_aside = dead_letter(
        body=json.dumps(rows).encode(),
        content_type="application/json",
        headers={},
        message_id=name,
        origin=INBOX,
        exchange=INBOX,
        routing_key=EQUIPMENT.name,
        cause="the sensor of the torque was broken",
    )

    async def publish() -> None:
        async with Publisher(stack.settings["SMARTPREDICT_BROKER_URL"], "test") as publisher:
            await publisher.publish(put_aside)

    beside_the_browser(publish())
    known = select(dead_letters.c.letter_id).where(dead_letters.c.message_id == name)

    def stored() -> UUID | None:
        with stack.engine.connect() as connection:
            return connection.scalar(known)

    found = eventually(stored)
    assert found is not None
    yield found
    with stack.engine.begin() as connection:  # the other tests of the page find none that waits
        waiting = dead_letters.c.letter_id == found, dead_letters.c.replayed_at.is_(None)
        connection.execute(dead_letters.update().where(*waiting).values(discarded_at=func.now()))
