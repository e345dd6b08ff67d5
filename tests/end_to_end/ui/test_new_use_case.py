"""A new use case in the browser: an administrator hands a file in, looks at what was found, and adds it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.end_to_end.ui.visitor import Visitor
from tests.support.running_stack import RunningStack
from tests.support.usecases.data_sets import churn
from tests.support.waiting import eventually


def test_a_use_case_is_added_from_a_file(visitor: Visitor, own: RunningStack, tmp_path: Path) -> None:
    visitor.open("Models")
    visitor.page.get_by_text("Add a use case from a file").click()
    visitor.page.get_by_role("heading", name="New use case", level=1).wait_for()
    visitor.hand_in(churn(tmp_path, rows=300))
    visitor.sees("Fill in the key of an administrator first.")
    look = visitor.page.get_by_role("button", name="Look at the file", exact=True)
    assert look.is_disabled()
    fill_in(visitor, "Key of an administrator", own.stack.api_key("webapp"))
    expect(look).to_be_enabled()
    look.click()
    visitor.sees("This key may not add use cases")
    fill_in(visitor, "Key of an administrator", own.stack.api_key("admin"))
    look.click()
    visitor.sees("300 rows")
    visitor.sees("Worth a look")
    fill_in(visitor, "Title", "Who leaves us")
    fill_in(visitor, "Name of the use case", "Leavers of 2026")
    visitor.press("Add the use case", then_sees="Some fields are not valid; nothing was added.")
    fill_in(visitor, "Name of the use case", "leavers")
    # The box "Keep" of the fifth row; the table is one picture to the browser.
    visitor.page.get_by_test_id("stDataFrame").last.click(position={"x": 52, "y": 35 * 5 + 17})
    visitor.settle()
    visitor.page.get_by_role("button", name="Add the use case").scroll_into_view_if_needed()
    assert visitor.violations() == []
    visitor.picture("new-use-case")
    visitor.press("Add the use case", then_sees="leavers is added.")
    visitor.sees("smartpredict train leavers")
    assert visitor.violations() == []
    eventually(lambda: titles(own).get("leavers") == "Who leaves us")
    with own.api() as api:
        features = [feature["name"] for feature in api.get("/use-cases/leavers").json()["features"]]
    assert features == ["age_years", "monthly_charge_eur", "contract", "paperless", "groesse_haushalt"]
    assert (own.folders.usecases / "leavers" / "usecase.yaml").exists()


def titles(stack: RunningStack) -> dict[str, str]:
    with stack.api() as api:
        return {one["name"]: one["title"] for one in api.get("/use-cases").json()["use_cases"]}


def fill_in(visitor: Visitor, label: str, text: str) -> None:
    field = visitor.page.get_by_role("textbox", name=label, exact=True)
    field.fill(text)
    field.press("Enter")
    visitor.settle()
