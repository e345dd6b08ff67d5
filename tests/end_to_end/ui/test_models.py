"""Models in the browser: a second version is promoted and taken back, by somebody with the right key."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.sync_api import expect

from tests.end_to_end.ui.visitor import Visitor
from tests.support.pipeline import EQUIPMENT
from tests.support.running_stack import RunningStack
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def second(stack: RunningStack) -> int:
    """A further version, trained and not served; gives its number."""
    stack.command("train", EQUIPMENT.name, "--no-promote")
    with stack.api() as api:
        newest: int = api.get(f"/models/{EQUIPMENT.name}/versions").json()["versions"][0]["version"]
    return newest


def served(stack: RunningStack) -> list[int]:
    with stack.api() as api:
        models = api.get("/models").json()["models"]
    return [one["version"] for model in models if model["use_case"] == EQUIPMENT.name for one in model["versions"]]


def test_a_version_is_promoted_and_rolled_back(
    visitor: Visitor, stack: RunningStack, second: int, dropped: UUID
) -> None:
    [first] = served(stack)
    visitor.open()
    visitor.timed("models", lambda: visitor.go("Models"))
    visitor.page.get_by_text("ROC AUC").first.wait_for(state="attached")  # a table is a picture with hidden cells
    visitor.page.get_by_text("Serve another version").click()
    promote = visitor.page.get_by_role("button", name=f"Promote version {second}", exact=True)
    assert promote.is_disabled()
    fill_in(visitor, stack.stack.api_key("webapp"))
    assert visitor.violations() == []
    expect(promote).to_be_enabled()
    promote.click()
    visitor.sees("This key may not change what is served")
    fill_in(visitor, stack.stack.api_key("admin"))
    expect(promote).to_be_enabled()
    promote.click()
    visitor.sees(f"Version {second} is served from now on")
    eventually(lambda: served(stack) == [second])
    visitor.page.goto(f"{visitor.address}/?batch={dropped}")  # the same file again would be this batch
    visitor.sees(f"Version {second} is served now")
    visitor.open("Models")
    visitor.page.get_by_text("Serve another version").click()
    fill_in(visitor, stack.stack.api_key("admin"))
    visitor.press("Roll back to the version before", then_sees=f"Version {first} is served from now on")
    eventually(lambda: served(stack) == [first])


def fill_in(visitor: Visitor, key: str) -> None:
    field = visitor.field("Key of an administrator")
    field.fill(key)
    field.press("Enter")
    visitor.settle()
    sure = visitor.page.get_by_role("checkbox", name="I want to change")
    if not sure.is_checked():
        visitor.page.get_by_text("I want to change what everybody").click()
    visitor.settle()
