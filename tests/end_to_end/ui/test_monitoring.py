"""Monitoring in the browser: a drift that is there is shown, and what came true is counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import delete, select

from sql.drift.windows import read_layout
from sql.profiles.key_tables import key_profiles, part_keys, profile_key_lengths, profile_key_numbers, profile_keys
from sql.profiles.tables import batch_profiles, part_profiles, profiles
from sql.registry.registration import register
from tests.end_to_end.ui.conftest import Visit
from tests.end_to_end.ui.visitor import HEADER, Visitor
from tests.support.monitoring.fleet import FLEET, fleet_reference, fleet_rows
from tests.support.monitoring.profile_history import History
from tests.support.pipeline import EQUIPMENT, equipment_rows
from tests.support.running_stack import TABLE, RunningStack
from tests.support.waiting import eventually

ROWS = 2_000

VERSION = 99
"""No version of the stack: what it served is taken away again."""


@pytest.fixture(scope="module")
def moved(stack: RunningStack) -> None:
    """A file of worn tools and strained spindles, of which it is known later what came true."""
    frame = pd.DataFrame(equipment_rows(ROWS, seed=91).to_pylist())[HEADER.split(",")]
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
