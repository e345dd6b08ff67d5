"""One correction for more refused rows than the page shows: looked at, made, and all of them predicted."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.end_to_end.ui.conftest import GOOD, Visit
from tests.end_to_end.ui.keyboard.keyboard import Keyboard
from tests.end_to_end.ui.visitor import HEADER, Visitor
from tests.support.running_stack import TABLE, RunningStack
from tests.support.waiting import eventually

BAD_ROWS = 150
"""More than a page of the editor has."""

TABLE_OF_ROWS = "Refused rows to repair"


@pytest.fixture(scope="module")
def letters(stack: RunningStack) -> UUID:
    """A dropped file in which a wrong letter stands for the quality, twice beside another fault."""
    good = [GOOD.format(number=number) for number in range(200)]
    bad = [f"press-{number},Z,300.1,310.4,1480,41.5,108\n" for number in range(BAD_ROWS)]
    worse = [f"worse-{number},Z,300.1,310.4,1480,455,108\n" for number in range(2)]
    batch = stack.drop((HEADER + "\n" + "".join([*good, *bad, *worse])).encode(), "letters.csv")
    stack.wait_done(batch)
    return batch


def open_rows(visitor: Visitor, batch: UUID) -> None:
    visitor.page.goto(f"{visitor.address}/data-quality?batch={batch}")
    visitor.page.get_by_role("button", name="Send repaired rows again").wait_for()
    visitor.settle()


def open_form(visitor: Visitor, batch: UUID) -> None:
    open_rows(visitor, batch)
    visitor.page.get_by_text("Correct one value in all rows").click()
    visitor.page.get_by_role("button", name="See what it does").wait_for()
    visitor.settle()


def test_every_row_that_matches_is_corrected_in_one_step(visit: Visit, stack: RunningStack, letters: UUID) -> None:
    for name, settings in (("dark", {"color_scheme": "dark"}), ("light", {})):
        visitor = visit(**settings)
        open_form(visitor, letters)
        visitor.pick("Replace it by", "L")
        visitor.press("See what it does", then_sees=f"{BAD_ROWS + 2} rows have this value")
        visitor.settle()
        assert visitor.violations() == []
        visitor.picture(f"correction-{name}")
    visitor.press("Correct all and send", then_sees=f"{BAD_ROWS} rows corrected and sent again")
    visitor.sees("2 stay as they were")
    query = select(func.count()).where(TABLE.c.machine_id.startswith("press-"), TABLE.c.product_quality == "L")

    def predicted() -> bool:
        with stack.engine.connect() as connection:
            return connection.scalar(query) == BAD_ROWS

    eventually(predicted)


def test_cells_are_chosen_from_a_list_or_written_and_marked(visitor: Visitor, stack: RunningStack) -> None:
    good = [GOOD.format(number=number) for number in range(10)]
    batch = stack.drop(
        (HEADER + "\n" + "".join([*good, "plane-1,Z,300.1,310.4,1480,455,108\n"])).encode(), "planes.csv"
    )
    stack.wait_done(batch)
    open_rows(visitor, batch)
    keyboard = Keyboard(visitor)
    # Behind the tick, the number and what is wrong: the columns at fault come first.
    assert keyboard.choose(TABLE_OF_ROWS, column=3, option="H") == ["", "L", "M", "H", "Z"]
    visitor.sees("1 cell edited")
    keyboard.edit(TABLE_OF_ROWS, column=4, text="45.5")
    visitor.sees("2 cells edited")
    marked = visitor.page.get_by_role("region", name="Cells that were edited, with what stood there")
    cells = marked.locator("canvas td")
    cells.filter(has_text="45.5").wait_for(state="attached")
    texts = [text.strip() for text in cells.all_text_contents()]
    assert texts == ["11", "Product quality", "Z", "H", "11", "Torque [Nm]", "455", "45.5"]
    assert visitor.violations() == []
    visitor.press("Send 1 repaired row again", then_sees="1 repaired row sent again")
    query = select(TABLE.c.product_quality, TABLE.c.torque_nm).where(TABLE.c.machine_id == "plane-1")

    def predicted() -> bool:
        with stack.engine.connect() as connection:
            return connection.execute(query).all() == [("H", 45.5)]

    eventually(predicted)
