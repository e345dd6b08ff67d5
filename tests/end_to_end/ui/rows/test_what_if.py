"""What if, and the rows that are like one, below the prediction of the form."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.end_to_end.ui.conftest import Visit
from tests.end_to_end.ui.rows.test_why import EVERYWHERE, can_be_used, stored
from tests.end_to_end.ui.visitor import Visitor
from tests.support.running_stack import RunningStack


def predict(visitor: Visitor) -> None:
    visitor.open()
    visitor.field("Torque").fill("62")
    visitor.press("Predict", then_sees="Model version")


@pytest.mark.parametrize(("name", "settings"), EVERYWHERE)
def test_one_value_and_two_are_varied_and_nothing_is_stored(
    visit: Visit, stack: RunningStack, name: str, settings: dict[str, object]
) -> None:
    visitor = visit(**settings)
    predict(visitor)
    before = stored(stack)
    visitor.timed(
        f"what if, one value, {name}",
        lambda: visitor.page.get_by_text("What if a value were another?").click(),
        then_sees="predicted in one request; none is stored or counted",
    )
    visitor.sees("With these values:")
    slider = visitor.page.get_by_role("slider").last
    at_first = visitor.sees("With these values:").inner_text()
    slider.press("ArrowRight")
    visitor.settle()
    slider.press("ArrowRight")
    visitor.settle()
    assert visitor.sees("as predicted above").inner_text() != at_first
    can_be_used(visitor)
    visitor.pick("Values to vary", "Tool wear [min]")
    visitor.page.keyboard.press("Escape")
    visitor.sees("900 rows predicted in one request")
    visitor.scroll_to(visitor.page.get_by_text("900 rows predicted"))
    can_be_used(visitor)
    visitor.picture(f"what-if-{name}")
    assert stored(stack) == before


@pytest.mark.parametrize(("name", "settings"), EVERYWHERE)
def test_the_rows_like_it_are_shown_with_what_came_true(
    visit: Visit, dropped: UUID, name: str, settings: dict[str, object]
) -> None:
    visitor = visit(**settings)
    predict(visitor)
    visitor.timed(
        f"rows like it, {name}",
        lambda: visitor.page.get_by_text("Stored rows like it").click(),
        then_sees="Looked at: the newest",
    )
    can_be_used(visitor)
    visitor.scroll_to(visitor.page.get_by_text("Looked at: the newest"))
    visitor.picture(f"rows-like-it-{name}")
