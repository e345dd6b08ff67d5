"""What came true, handed in on Past predictions: looked at, stored, and seen beside its prediction."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from sql.labels.tables import labels
from tests.end_to_end.ui.conftest import Visit
from tests.end_to_end.ui.rows.test_why import EVERYWHERE, can_be_used
from tests.end_to_end.ui.visitor import Visitor
from tests.support.running_stack import TABLE, RunningStack
from tests.unit.formats.test_office_files import workbook


def open_form(visitor: Visitor) -> None:
    visitor.open("Past predictions")
    visitor.unfold("Hand in what came true")
    visitor.sees("a download of this page, filled in")
    visitor.settle()


@pytest.mark.parametrize(("name", "settings"), EVERYWHERE)
def test_a_file_of_labels_is_looked_at_everywhere_and_stored(
    visit: Visit, stack: RunningStack, dropped: UUID, tmp_path: Path, name: str, settings: dict[str, object]
) -> None:
    query = select(TABLE.c.id).where(TABLE.c.batch_id == dropped).order_by(TABLE.c.id).limit(2)
    with stack.engine.connect() as connection:
        known = [str(one) for one in connection.scalars(query)]
    nobody = "019b76da-a8c1-7a3f-8f13-86cd2d63d94a"
    rows = [["prediction_id", "label"], *([one, "failure"] for one in known), [nobody, "ok"]]
    file = tmp_path / "outcomes.xlsx"
    file.write_bytes(workbook(rows))
    visitor = visit(**settings)
    open_form(visitor)
    visitor.hand_in(file)
    visitor.sees("3 labels")
    visitor.sees("1 without a prediction")
    can_be_used(visitor)
    visitor.scroll_to(visitor.page.get_by_text("What is not stored, and why"))
    visitor.picture(f"labels-{name}")
    visitor.press("Store 2 labels", then_sees="2 labels stored")
    with stack.engine.connect() as connection:
        stored = connection.scalars(select(labels.c.label).where(labels.c.prediction_id.in_(known)))
        assert set(stored) == {"failure"}
