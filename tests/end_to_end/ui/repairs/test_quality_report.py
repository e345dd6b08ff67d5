"""The quality report of a file and of a day, on Data quality, as a page to keep, and by the command."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.end_to_end.ui.conftest import Visit
from tests.end_to_end.ui.rows.test_why import EVERYWHERE, can_be_used
from tests.end_to_end.ui.visitor import Visitor
from tests.support.command import smartpredict
from tests.support.running_stack import RunningStack


def open_report(visitor: Visitor, batch: UUID) -> None:
    visitor.open_refused_rows(batch)
    visitor.unfold("Expectation by expectation")
    visitor.page.get_by_text("Count all rows of this file").click()
    visitor.sees("expectations are broken")
    visitor.settle()


@pytest.mark.parametrize(("name", "settings"), EVERYWHERE)
def test_a_file_is_reported_and_the_page_can_be_kept(
    visit: Visit, stack: RunningStack, dropped: UUID, name: str, settings: dict[str, object]
) -> None:
    visitor = visit(**settings)
    open_report(visitor, dropped)
    can_be_used(visitor)
    visitor.scroll_to(visitor.page.get_by_text("expectations are broken"))
    visitor.picture(f"quality-report-{name}")
    page = visitor.download(visitor.page.get_by_role("link", name="Download the report").first.click).read_text()
    assert "Torque [Nm]: 455.0 is above the maximum 120.0" in page


def test_a_day_is_reported_alike_on_the_page_and_by_the_command(
    visitor: Visitor, stack: RunningStack, dropped: UUID
) -> None:
    visitor.open("Data quality")
    visitor.page.locator("summary").filter(has_text="Report of a day").click()
    visitor.page.get_by_text("Count all rows of this day").click()
    visitor.sees("expectations are broken")
    can_be_used(visitor)
    today = str(datetime.now(UTC).date())
    with stack.api("webapp") as api:
        shown = api.get("/data-quality/report", params={"use_case": "equipment_failure", "day": today}).json()
    asked = ("quarantine", "report", "--use-case", "equipment_failure", "--day", today, "--json")
    done = smartpredict(*asked, home=stack.home)
    assert done.returncode == 1, "rows were refused"
    written = json.loads(done.stdout)
    assert written["expectations"] == shown["expectations"]
    assert written["rows_in"] == shown["rows_in"]
