"""Refused rows that nobody will repair: a line of sums discarded by its tick, the rest of a file all at once, the books in balance."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from sql.base.tables import quarantine
from tests.end_to_end.ui.conftest import GOOD, Visit
from tests.end_to_end.ui.keyboard.keyboard import Keyboard
from tests.end_to_end.ui.rows.test_why import EVERYWHERE, can_be_used
from tests.end_to_end.ui.visitor import HEADER, Visitor
from tests.support.running_stack import RunningStack, audit

TABLE_OF_ROWS = "Refused rows to repair"


@pytest.fixture(scope="module")
def sums(stack: RunningStack) -> UUID:
    """A dropped file with a line of sums at its end, and two rows that are bad otherwise."""
    good = [GOOD.format(number=number) for number in range(20)]
    bad = [
        "Summe,,,,,455,2160\n",
        "sum-lathe-1,M,300.1,310.4,1480,400,108\n",
        "sum-lathe-2,Z,300.1,310.4,1480,41,108\n",
    ]
    batch = stack.drop((HEADER + "\n" + "".join([*good, *bad])).encode(), "with-sums.csv")
    stack.wait_done(batch)
    return batch


def open_form(visitor: Visitor, batch: UUID) -> None:
    visitor.open_refused_rows(batch)
    visitor.unfold("Discard rows that nobody will repair")
    visitor.page.get_by_role("radiogroup", name="Which rows").wait_for()
    visitor.settle()


def write_who_and_why(visitor: Visitor) -> None:
    visitor.page.get_by_role("textbox", name="Your name").fill("Ada")
    visitor.page.get_by_role("textbox", name="Why").fill("a line of sums")


@pytest.mark.parametrize(("name", "settings"), EVERYWHERE)
def test_rows_can_be_discarded_everywhere(visit: Visit, sums: UUID, name: str, settings: dict[str, object]) -> None:
    visitor = visit(**settings)
    open_form(visitor, sums)
    write_who_and_why(visitor)
    visitor.press("Discard all 3 rows that wait", then_sees="They cannot be repaired any more")
    can_be_used(visitor)
    visitor.picture(f"discarding-{name}")
    visitor.press("No, keep them")


def test_a_line_of_sums_is_discarded_and_then_the_rest(visitor: Visitor, stack: RunningStack, sums: UUID) -> None:
    open_form(visitor, sums)
    keyboard = Keyboard(visitor)
    keyboard.to_table(TABLE_OF_ROWS)
    keyboard.to_column(0)
    keyboard.key("Enter")
    visitor.page.get_by_role("button", name="Discard 1 ticked row", exact=True).wait_for()
    visitor.settle()
    write_who_and_why(visitor)
    visitor.press("Discard 1 ticked row", then_sees="They cannot be repaired any more")
    visitor.press("Yes, discard 1 ticked row", then_sees="1 row discarded.")
    visitor.sees("3 rows of 23 refused, 1 of 3 rows discarded")
    open_form(visitor, sums)
    write_who_and_why(visitor)
    visitor.press("Discard all 2 rows that wait", then_sees="They cannot be repaired any more")
    visitor.press("Yes, discard all 2 rows that wait", then_sees="2 rows discarded.")
    visitor.sees("3 rows of 23 refused, all discarded")
    visitor.sees("All rows shown here were repaired or discarded")
    visitor.page.get_by_text("3 rows discarded").first.click()
    visitor.sees("a line of sums")
    assert visitor.violations() == []
    query = select(quarantine.c.discarded_by, quarantine.c.discarded_reason).where(quarantine.c.batch_id == sums)
    with stack.engine.connect() as connection:
        assert connection.execute(query).all() == [("Ada", "a line of sums")] * 3
    assert audit(stack)["balanced"] is True
