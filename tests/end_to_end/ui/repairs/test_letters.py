"""Dead letters on Operations: a letter corrected in a table and predicted, another one discarded, the books in balance."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select

from sql.base.tables import dead_letters
from sql.dead_letters.tables import letter_decisions
from tests.end_to_end.ui.conftest import Visit
from tests.end_to_end.ui.rows.test_why import EVERYWHERE, can_be_used
from tests.end_to_end.ui.visitor import Visitor
from tests.support.running_stack import TABLE, RunningStack, audit
from tests.support.waiting import eventually


def tick(visitor: Visitor) -> None:
    visitor.open("Operations")
    visitor.tick_first_row(visitor.page.get_by_test_id("stDataFrame").last)
    visitor.sees("Repair its rows")
    visitor.settle()


def write(visitor: Visitor, place: int, person: str, reason: str) -> None:
    """Write who decides and why, into the first form of the page or the second."""
    visitor.page.get_by_role("textbox", name="Your name").nth(place).fill(person)
    visitor.page.get_by_role("textbox", name="Why").nth(place).fill(reason)


@pytest.mark.parametrize(("name", "settings"), EVERYWHERE)
def test_a_letter_can_be_repaired_everywhere(
    visit: Visit, letter: UUID, name: str, settings: dict[str, object]
) -> None:
    visitor = visit(**settings)
    tick(visitor)
    visitor.page.get_by_text("Discard 1 letter").first.click()
    visitor.page.get_by_role("button", name="Discard 1 letter for good").wait_for()
    can_be_used(visitor)
    visitor.scroll_to(visitor.page.get_by_text("Repair its rows"))
    visitor.picture(f"letter-{name}")


def test_a_letter_is_sent_on_by_somebody_for_a_reason(visitor: Visitor, stack: RunningStack, letter: UUID) -> None:
    tick(visitor)
    write(visitor, 0, "Ada", "the sensor was mended")
    visitor.press("Send 2 repaired rows on", then_sees="2 repaired rows sent on")
    with stack.engine.connect() as connection:
        name = connection.scalar(select(dead_letters.c.message_id).where(dead_letters.c.letter_id == letter))
    query = select(func.count()).where(TABLE.c.machine_id.startswith(str(name)))

    def predicted() -> bool:
        with stack.engine.connect() as connection:
            return connection.scalar(query) == 2

    eventually(predicted)
    assert audit(stack)["balanced"] is True
    visitor.choose("Sent again")
    visitor.tick_first_row(visitor.page.get_by_test_id("stDataFrame").last)
    visitor.sees("the sensor was mended")


def test_a_letter_is_discarded_for_a_reason(visitor: Visitor, stack: RunningStack, letter: UUID) -> None:
    tick(visitor)
    visitor.page.get_by_text("Discard 1 letter").first.click()
    visitor.page.get_by_role("button", name="Discard 1 letter for good").wait_for()
    write(visitor, 0, "Ada", "a test of the line")
    visitor.press("Discard 1 letter for good", then_sees="1 letter discarded")
    kept = select(letter_decisions.c.person, letter_decisions.c.reason, letter_decisions.c.decision).where(
        letter_decisions.c.letter_id == letter
    )
    with stack.engine.connect() as connection:
        assert connection.execute(kept).one() == ("Ada", "a test of the line", "discarded")
    assert audit(stack)["balanced"] is True
