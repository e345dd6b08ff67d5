"""Why a row was predicted so, asked in the browser: of past predictions, of the rows of a file, and by the form."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select, union_all

from sql.base.tables import batches, parts
from sql.profiles.tables import part_profiles, profiles
from tests.end_to_end.ui.conftest import Visit
from tests.end_to_end.ui.visitor import Visitor
from tests.support.running_stack import TABLE, RunningStack

EVERYWHERE = [
    ("light", {}),
    ("dark", {"color_scheme": "dark"}),
    ("phone", {"viewport": {"width": 390, "height": 844}}),
]


def stored(stack: RunningStack) -> list[int]:
    """Count what every prediction leaves behind: rows, parts, batches, and rows that drift is computed from."""
    # Counts of parts are added to those of hours meanwhile, so that both are read at once.
    of_hours = select(profiles.c.rows).where(profiles.c.span == "hour")
    drift = union_all(of_hours, select(part_profiles.c.rows)).subquery()
    with stack.engine.connect() as connection:
        counts = [connection.scalar(select(func.count()).select_from(table)) or 0 for table in (TABLE, parts, batches)]
        return [*counts, int(connection.scalar(select(func.sum(drift.c.rows))) or 0)]


def can_be_used(visitor: Visitor) -> None:
    visitor.settle()
    assert visitor.page.get_by_test_id("stException").count() == 0
    assert visitor.violations() == []
    assert not visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize(("name", "settings"), EVERYWHERE)
def test_a_past_prediction_is_explained_once_its_row_is_ticked(
    visit: Visit, stack: RunningStack, dropped: UUID, name: str, settings: dict[str, object]
) -> None:
    visitor = visit(**settings)
    visitor.page.goto(f"{visitor.address}/past-predictions?use_case=equipment_failure&batch={dropped}&period=All")
    visitor.sees("Page 1 · 18 rows, the newest first")
    before = stored(stack)
    table = visitor.page.get_by_test_id("stDataFrame").last
    visitor.timed(f"why, {name}", lambda: visitor.tick_first_row(table), then_sees="which made it")
    visitor.sees("the probability of failure most")
    visitor.sees("where nothing is known about a row")
    assert stored(stack) == before
    can_be_used(visitor)
    visitor.scroll_to(visitor.page.get_by_text("which made it"))
    visitor.picture(f"why-{name}")


def test_a_row_of_a_file_is_explained_likewise(visitor: Visitor, dropped: UUID) -> None:
    visitor.page.goto(f"{visitor.address}/?batch={dropped}")
    visitor.page.get_by_role("link", name="Download all as CSV").wait_for()
    visitor.tick_first_row(visitor.page.get_by_test_id("stDataFrame").last)
    visitor.sees("which made it")
    visitor.sees("the probability of failure most")
    can_be_used(visitor)


def test_the_form_says_why_in_a_sentence(visitor: Visitor) -> None:
    visitor.open()
    visitor.field("Torque").fill("68")
    visitor.press("Predict", then_sees="Model version")
    visitor.page.get_by_text("Why this prediction?").click()
    visitor.sees("the probability of failure most")
    can_be_used(visitor)
