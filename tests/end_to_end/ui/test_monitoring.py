"""Monitoring in the browser: a drift that is there is shown, and what came true is counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete

from sql.drift.windows import read_layout
from sql.profiles.key_tables import key_profiles, part_keys, profile_key_lengths, profile_key_numbers, profile_keys
from sql.profiles.tables import batch_profiles, part_profiles, profiles
from sql.registry.registration import register
from tests.end_to_end.ui.conftest import Visit
from tests.end_to_end.ui.visitor import Visitor
from tests.support.monitoring.fleet import FLEET, fleet_reference, fleet_rows
from tests.support.monitoring.profile_history import History
from tests.support.pipeline import EQUIPMENT
from tests.support.running_stack import RunningStack
from tests.support.waiting import eventually

VERSION = 99
"""No version of the stack: what it served is taken away again."""


def test_a_drift_is_seen_and_what_came_true_is_counted(visitor: Visitor, stack: RunningStack, moved: None) -> None:
    visitor.open()
    visitor.timed("monitoring", lambda: visitor.go("Monitoring"))
    visitor.pick("Came from", "Dropped file")
    visitor.sees("The data has drifted")
    with stack.api() as api:
        drift = api.get("/monitoring/drift", params={"use_case": EQUIPMENT.name, "source": "file"}).json()
    worst = drift["features"][0]
    # Files of other tests lie in the same hour, so which column has moved furthest depends on them.
    assert worst["verdict"] == "drifted"
    visitor.sees(f"The data has drifted: {worst['title'].split(' ')[0]}")
    visitor.page.get_by_text("measured").first.wait_for(state="attached")  # a table is a picture with hidden cells
    visitor.sees("Where it comes from")
    visitor.sees("How it came")
    visitor.page.get_by_text("This is normal").first.wait_for()
    assert visitor.violations() == []
    visitor.scroll_to(visitor.page.get_by_role("heading", name="Performance by version"))


def test_a_drift_is_accepted_as_normal_and_taken_back(visitor: Visitor, stack: RunningStack, moved: None) -> None:
    visitor.open("Monitoring")
    visitor.pick("Came from", "Dropped file")
    visitor.sees("The data has drifted")
    visitor.settle()
    visitor.page.get_by_text("This is normal").first.click()
    for label, text in (
        ("Key of an administrator", stack.stack.api_key("admin")),
        ("Why it is normal", "New spindles."),
    ):
        visitor.field(label).fill(text)
        visitor.field(label).press("Enter")
        visitor.settle()
    visitor.press("Accept as normal", then_sees="is normal from now on")
    with stack.api() as api:
        asked = {"use_case": EQUIPMENT.name, "source": "file"}
        drift = api.get("/monitoring/drift", params=asked).json()
        windows = api.get("/monitoring/drift/accepted", params={"use_case": EQUIPMENT.name}).json()["windows"]
    assert [one["feature"] for one in drift["features"] if one["verdict"] == "drifted"] == []
    [window] = [one for one in windows if one["withdrawn_at"] is None]
    assert (window["accepted_by"], window["reason"]) == ("admin", "New spindles.")
    visitor.page.get_by_text("This is normal (1 accepted)").click()  # folded again, for it has another title now
    visitor.sees("New spindles.")
    visitor.settle()
    assert visitor.violations() == []
    visitor.press(f"Withdraw window {window['id']}", then_sees=f"Window {window['id']} counts no more")
    visitor.sees("The data has drifted")


@pytest.fixture(scope="module")
def fleet(stack: RunningStack) -> Iterator[None]:
    """Fifty machines of which one moved, of which the schedule brought rows just now."""
    with stack.engine.begin() as connection:
        register(connection, FLEET)
    rows = fleet_rows(40, seed=7, moved={"M-7": 24.0})
    History(stack.engine, fleet_reference()).part(rows, datetime.now(UTC), source="scheduled", model_version=VERSION)
    assert read_layout(stack.engine, fleet_reference().digest) is not None
    with stack.api() as api:
        asked = {"use_case": EQUIPMENT.name, "source": "scheduled"}
        eventually(lambda: api.get("/monitoring/drift", params=asked).json()["keys"] == ["machine_id"], 30)
    yield
    with stack.engine.begin() as connection:
        register(connection, EQUIPMENT)
        for table in (
            *(part_profiles, profiles, batch_profiles, part_keys, key_profiles),
            *(profile_keys, profile_key_lengths, profile_key_numbers),
        ):
            connection.execute(delete(table).where(table.c.reference == fleet_reference().digest))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("light", {}),
        ("dark", {"color_scheme": "dark"}),
        ("phone", {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}),
    ],
)
@pytest.mark.usefixtures("fleet")
def test_the_machine_that_moved_is_named(visit: Visit, name: str, settings: dict[str, Any]) -> None:
    visitor = visit(**settings)
    visitor.open("Monitoring")
    visitor.pick("Came from", "Schedule")
    visitor.sees("Moved away from what training knew of them: M-7 (1 of 50)")
    # What is below is still being drawn, and takes the place of what is there.
    visitor.settle()
    visitor.scroll_to(visitor.page.get_by_role("heading", name="By machine id"))
    visitor.picture(f"monitoring-machines-{name}")
    assert visitor.violations() == []
