"""Refused rows repaired in Excel: downloaded from the page, corrected as a German office does, and handed in again."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from tests.end_to_end.ui.conftest import GOOD, Visit
from tests.end_to_end.ui.rows.test_why import EVERYWHERE, can_be_used
from tests.end_to_end.ui.visitor import HEADER, Visitor
from tests.support.running_stack import TABLE, RunningStack
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def shift(stack: RunningStack) -> UUID:
    """A dropped file with three bad rows."""
    good = [GOOD.format(number=number) for number in range(20)]
    bad = [f"late-lathe-{number},M,300.1,310.4,1480,{400 + number},108\n" for number in range(3)]
    batch = stack.drop((HEADER + "\n" + "".join([*good, *bad])).encode(), "late-shift.csv")
    stack.wait_done(batch)
    return batch


def open_form(visitor: Visitor, batch: UUID) -> None:
    visitor.open_refused_rows(batch)
    visitor.unfold("Repair them in Excel")
    visitor.page.get_by_role("link", name="Download for Excel").wait_for()
    visitor.settle()


def repair(downloaded: Path, target: Path) -> Path:
    """Correct two of three rows: one as a number, one as a text with a decimal comma."""
    header, *rows = CalamineWorkbook.from_path(downloaded).get_sheet_by_index(0).to_python()
    torque = header.index("torque_nm")
    rows[0][torque], rows[1][torque] = 51.5, "52,5"
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("Tabelle1")
        for place, row in enumerate([header, *rows]):
            sheet.write_row(place, 0, row)
    return target


@pytest.mark.parametrize(("name", "settings"), EVERYWHERE)
def test_the_place_for_the_file_can_be_used_everywhere(
    visit: Visit, shift: UUID, name: str, settings: dict[str, object]
) -> None:
    visitor = visit(**settings)
    open_form(visitor, shift)
    can_be_used(visitor)
    visitor.picture(f"repaired-file-{name}")


def test_rows_repaired_in_excel_are_sent_again_and_the_rest_says_why(
    visitor: Visitor, stack: RunningStack, shift: UUID, tmp_path: Path
) -> None:
    open_form(visitor, shift)
    link = visitor.page.get_by_role("link", name="Download for Excel")
    file = repair(visitor.download(link.click), tmp_path / "repariert.xlsx")
    visitor.hand_in(file)
    visitor.sees("2 of 3 rows can be sent again")
    can_be_used(visitor)
    visitor.press("Send 2 rows of the file again", then_sees="2 repaired rows sent again")
    visitor.sees("1 row of the file stays refused")
    query = select(TABLE.c.machine_id, TABLE.c.torque_nm).where(TABLE.c.machine_id.startswith("late-lathe-"))

    def predicted() -> bool:
        with stack.engine.connect() as connection:
            return set(connection.execute(query)) == {("late-lathe-0", 51.5), ("late-lathe-1", 52.5)}

    eventually(predicted)
