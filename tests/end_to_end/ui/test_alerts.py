"""What needs somebody, on Operations: found by the monitoring and by Prometheus, with next steps and who looks after it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from sql.drift.verdicts import Found, Watch, store_verdicts
from tests.end_to_end.ui.conftest import OVER, Visit
from tests.end_to_end.ui.rows.test_why import EVERYWHERE, can_be_used
from tests.end_to_end.ui.visitor import Visitor
from tests.support.running_stack import RunningStack


@pytest.mark.usefixtures("drifted")
@pytest.mark.parametrize(("name", "settings"), EVERYWHERE)
def test_an_alert_can_be_read_by_everybody(visit: Visit, name: str, settings: dict[str, object]) -> None:
    visitor = visit(**settings)
    visitor.open("Operations")
    visitor.sees("Data drifted from training")
    visitor.sees("Torque [Nm] moved (PSI 0.41)")
    visitor.sees("Files behind it: night-shift.csv")
    visitor.scroll_to(visitor.page.get_by_text("Data drifted from training"))
    can_be_used(visitor)
    visitor.picture(f"alerts-{name}")


@pytest.mark.usefixtures("drifted")
def test_an_alert_leads_on_and_somebody_looks_after_it(visitor: Visitor, stack: RunningStack) -> None:
    visitor.open("Operations")
    visitor.sees("Data drifted from training")
    alert = visitor.page.locator("[data-testid=stVerticalBlock]").filter(has_text="Data drifted from training").last
    alert.get_by_text("I look after it").click()
    form = alert.get_by_test_id("stForm").filter(has_text="Say so")
    form.get_by_label("Your name").fill("Ada")
    form.get_by_label("What others should know").fill("The sensor is being exchanged.")
    form.get_by_role("button", name="Say so").click()
    visitor.sees("Ada looks after it, everybody sees")
    visitor.sees("The sensor is being exchanged.")
    with stack.api("webapp") as api:
        kept = [one["acknowledgement"] for one in api.get("/alerts").json()["alerts"] if one["kind"] == "drift"]
    assert [(one["person"], one["note"]) for one in kept] == [("Ada", "The sensor is being exchanged.")]
    visitor.page.get_by_role("link", name="The history of mill-3").click()
    visitor.sees("Everything that was predicted")
    visitor.settle()
    assert visitor.page.get_by_role("textbox", name="Machine id").input_value() == "mill-3"
    visitor.open("Operations")
    visitor.page.get_by_role("link", name="Its rows in night-shift.csv").click()
    visitor.sees("Everything that was predicted")
    visitor.settle()
    assert visitor.page.get_by_role("combobox", name="File").input_value().startswith("night-shift.csv")
    visitor.open("Operations")
    visitor.page.get_by_role("link", name="Its rows, by how they came: Dropped file").click()
    visitor.sees("Everything that was predicted")
    visitor.settle()
    assert visitor.page.get_by_role("combobox", name="Came from").input_value() == "Dropped file"


@pytest.mark.usefixtures("drifted")
def test_a_silenced_alert_stays_in_the_list_until_it_ends(visitor: Visitor, stack: RunningStack) -> None:
    visitor.open("Operations")
    visitor.sees("Data drifted from training")
    alert = visitor.page.locator("[data-testid=stVerticalBlock]").filter(has_text="Data drifted from training").last
    alert.get_by_text("Tell nobody for a day").click()
    form = alert.get_by_test_id("stForm").filter(has_text="Silence it for a day")
    form.get_by_label("Your name").fill("Ada")
    form.get_by_label("Why").fill("The sensor is exchanged tomorrow.")
    form.get_by_role("button", name="Silence it for a day").click()
    visitor.sees("Silenced until")
    visitor.sees("The sensor is exchanged tomorrow.")
    assert visitor.violations() == []
    with stack.api("webapp") as api:
        [kept] = [one["silence"] for one in api.get("/alerts").json()["alerts"] if one["kind"] == "drift"]
    assert (kept["person"], kept["reason"]) == ("Ada", "The sensor is exchanged tomorrow.")
    # It is over: the list follows without a click.
    now = datetime.now(UTC)
    good = Found(Watch.DRIFT, "stable", is_bad=False, detail=OVER, facts={}, since=now - timedelta(hours=1), until=now)
    store_verdicts(stack.engine, "equipment_failure", [good])
    expect(visitor.page.get_by_text(re.compile("alerts? ended in the last 24 hours"))).to_be_visible(timeout=30_000)
    expect(visitor.page.get_by_text("Data drifted from training", exact=True).first).to_be_hidden(timeout=30_000)
