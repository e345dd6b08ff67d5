"""A new use case in the browser: an administrator hands a file in, looks at what was found, and adds it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.end_to_end.ui.visitor import Visitor
from tests.support.running_stack import RunningStack
from tests.support.usecases.data_sets import churn
from tests.support.waiting import eventually


def test_a_use_case_is_added_from_a_file(visitor: Visitor, own: RunningStack, tmp_path: Path) -> None:
    visitor.open("Models")
    visitor.page.get_by_text("Add a use case from a file").click()
    visitor.page.get_by_role("heading", name="New use case", level=1).wait_for()
    file = churn(tmp_path, rows=300)
    file.write_bytes(file.read_text(encoding="utf-8").encode("cp1252"))  # as an office saves it
    visitor.hand_in(file)
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
    shows_what_is_in_the_file(visitor)
    fill_in(visitor, "Title", "Who leaves us")
    fill_in(visitor, "Name of the use case", "Leavers of 2026")
    visitor.press("Add the use case", then_sees="Some fields are not valid; nothing was added.")
    fill_in(visitor, "Name of the use case", "leavers")
    # The box "Keep" of the fifth row; the table is one picture to the browser.
    visitor.page.get_by_test_id("stDataFrame").last.click(position={"x": 52, "y": 35 * 5 + 17})
    visitor.settle()
    visitor.scroll_to(visitor.page.get_by_role("button", name="Add the use case"))
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
    visitor.go("Models")
    expect(visitor.page.get_by_role("combobox", name="Use case")).to_have_value("Who leaves us")
    expect(visitor.field("Key of an administrator")).to_have_value(own.stack.api_key("admin"))  # kept for the visit
    for page in ("Predict", "Operations", "New use case"):
        visitor.go(page)
    expect(visitor.field("Key of an administrator")).to_have_value(own.stack.api_key("admin"))
    is_trained_and_served(visitor, own)


def is_trained_and_served(visitor: Visitor, own: RunningStack) -> None:
    """Order a training where the use case was added, follow it from another visit, and serve what came out of it."""
    visitor.press("Train")
    visitor.page.get_by_role("button", name="Cancel the training").wait_for()
    assert visitor.violations() == []
    visitor.page.goto(f"{visitor.address}/models?use_case=leavers")
    visitor.page.get_by_text("Version 1 is trained").wait_for(timeout=180_000)
    visitor.page.get_by_text("What is known of version 1").click()
    visitor.page.get_by_role("link", name="Open its report in MLflow").wait_for()
    visitor.press("Show its report below", then_sees="Version 1 learned from")
    visitor.picture("training")
    assert visitor.violations() == []
    fill_in(visitor, "Key of an administrator", own.stack.api_key("admin"))
    visitor.page.get_by_text("Serve another version").click()
    visitor.page.get_by_text("I want to change what everybody").click()
    visitor.settle()
    visitor.press("Promote version 1", then_sees="Version 1 is served from now on")
    with own.api() as api:
        eventually(lambda: served(api.get("/models").json()["models"]) == [1])
    is_edited(visitor, own)


def is_edited(visitor: Visitor, own: RunningStack) -> None:
    """Change its title later on: the choice of the use case shows it at once, and rows are predicted by the same version."""
    visitor.page.get_by_text("Edit or retire this use case").click()
    visitor.sees("smartpredict retire leavers")
    fill_in_title = visitor.page.get_by_role("textbox", name="Title", exact=True)
    fill_in_title.fill("Those who leave")
    assert visitor.violations() == []
    visitor.press("Save these texts", then_sees="Saved.")
    expect(visitor.page.get_by_role("combobox", name="Use case").first).to_have_value("Those who leave")
    assert titles(own)["leavers"] == "Those who leave"
    assert "Those who leave" in (own.folders.usecases / "leavers" / "usecase.yaml").read_text(encoding="utf-8")


def served(models: list[dict[str, Any]]) -> list[int]:
    return [one["version"] for model in models if model["use_case"] == "leavers" for one in model["versions"]]


def shows_what_is_in_the_file(visitor: Visitor) -> None:
    """Look at every column in a frame, on a screen and on a phone, light and dark, and save the page."""
    visitor.page.get_by_text("What is in the file", exact=True).click()
    visitor.press("Show every column")
    frame = visitor.page.frame_locator('iframe[title="What is in churn.csv"]')
    frame.get_by_role("heading", name="churn.csv: what is in it").wait_for()
    assert frame.get_by_role("img", name="Distribution of Contract").count() == 1
    body = frame.locator("body")
    for scheme, dark_text in (("dark", False), ("light", True)):
        visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a literal of playwright's
        colors = body.evaluate("body => [getComputedStyle(body).color, getComputedStyle(body).backgroundColor]")
        text, ground = (sum(map(int, re.findall(r"\d+", color)[:3])) for color in colors)
        assert (text < ground) is dark_text, colors
    width = visitor.page.viewport_size
    visitor.page.set_viewport_size({"width": 390, "height": 800})
    expect(body).to_be_visible()
    assert body.evaluate("body => body.scrollWidth <= document.documentElement.clientWidth")
    visitor.page.set_viewport_size(width or {"width": 1_280, "height": 720})
    saved = visitor.download(lambda: visitor.page.get_by_role("button", name="Save this page").click())
    assert "churn.csv: what is in it" in saved.read_text(encoding="utf-8")
    assert visitor.violations() == []


def titles(stack: RunningStack) -> dict[str, str]:
    with stack.api() as api:
        return {one["name"]: one["title"] for one in api.get("/use-cases").json()["use_cases"]}


def fill_in(visitor: Visitor, label: str, text: str) -> None:
    field = visitor.page.get_by_role("textbox", name=label, exact=True)
    field.fill(text)
    field.press("Enter")
    visitor.settle()
