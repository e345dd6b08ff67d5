"""Monitoring in the browser: a drift that is there is shown, and what came true is counted."""

from __future__ import annotations

import pandas as pd
import pytest
from sqlalchemy import select

from tests.end_to_end.ui.visitor import HEADER, Visitor
from tests.support.pipeline import EQUIPMENT, equipment_rows
from tests.support.running_stack import TABLE, RunningStack

ROWS = 2_000


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
    visitor.picture("monitoring")
    assert visitor.violations() == []
    visitor.page.get_by_role("heading", name="Performance by version").scroll_into_view_if_needed()
    visitor.picture("monitoring-performance")
