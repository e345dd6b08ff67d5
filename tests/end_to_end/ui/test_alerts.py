"""What needs somebody, on Operations: found by the monitoring and by Prometheus, with next steps and who looks after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from sql.drift.tables import verdicts
from sql.drift.verdicts import Found, Watch, store_verdicts
from tests.end_to_end.ui.conftest import Visit
from tests.end_to_end.ui.rows.test_why import EVERYWHERE, can_be_used
from tests.end_to_end.ui.visitor import Visitor
from tests.support.running_stack import RunningStack

DETAIL = "torque_nm moved (PSI 0.41); it comes from night-shift.csv (file)."


@pytest.fixture
def drifted(stack: RunningStack) -> Iterator[None]:
    """A verdict that the monitoring keeps."""
    now = datetime.now(UTC)
    moved = {"feature": "torque_nm", "batches": {"night-shift.csv": 0.4}, "sources": {"file": 0.4}}
    found = Found(
        Watch.DRIFT, "drifted", is_bad=True, detail=DETAIL, facts={"features": [moved]}, since=now - timedelta(hours=1),
        until=now,
    )  # fmt: skip
    store_verdicts(stack.engine, "equipment_failure", [found])
    yield
    with stack.engine.begin() as connection:
        connection.execute(delete(verdicts).where(verdicts.c.detail == DETAIL))


@pytest.mark.usefixtures("drifted")
@pytest.mark.parametrize(("name", "settings"), EVERYWHERE)
def test_an_alert_can_be_read_by_everybody(visit: Visit, name: str, settings: dict[str, object]) -> None:
    visitor = visit(**settings)
    visitor.open("Operations")
    visitor.sees("Data drifted from training")
    visitor.sees("Files behind it: night-shift.csv")
    visitor.page.get_by_text("Data drifted from training").scroll_into_view_if_needed()
    can_be_used(visitor)
    visitor.picture(f"alerts-{name}")


@pytest.mark.usefixtures("drifted")
def test_an_alert_leads_on_and_somebody_looks_after_it(visitor: Visitor, stack: RunningStack) -> None:
    visitor.open("Operations")
    visitor.sees("Data drifted from training")
    alert = visitor.page.locator("[data-testid=stVerticalBlock]").filter(has_text="Data drifted from training").last
    alert.get_by_text("I look after it").click()
    alert.get_by_label("Your name").fill("Ada")
    alert.get_by_label("What others should know").fill("The sensor is being exchanged.")
    alert.get_by_role("button", name="Say so").click()
    visitor.sees("Ada looks after it, everybody sees")
    visitor.sees("The sensor is being exchanged.")
    with stack.api("webapp") as api:
        kept = [one["acknowledgement"] for one in api.get("/alerts").json()["alerts"] if one["kind"] == "drift"]
    assert [(one["person"], one["note"]) for one in kept] == [("Ada", "The sensor is being exchanged.")]
    visitor.page.get_by_role("link", name="Its rows, by the door: Dropped file").click()
    visitor.sees("Everything that was predicted")
    visitor.settle()
    assert visitor.page.get_by_role("combobox", name="Came from").input_value() == "Dropped file"
