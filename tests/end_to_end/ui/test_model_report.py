"""The report of a version in the browser and over HTTP: read part by part, laid over, a threshold kept, saved as one page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.end_to_end.ui.conftest import Visit
from tests.end_to_end.ui.visitor import Visitor
from tests.support.pipeline import EQUIPMENT
from tests.support.registry.versions import register_from_notebook
from tests.support.running_stack import RunningStack

TALL: dict[str, object] = {"viewport": {"width": 1280, "height": 2000}}
PARTS = ("Overview", "Features", "Threshold", "ROC and precision", "Calibration", "Segments", "Learning curve")


@pytest.fixture(scope="module")
def versions(stack: RunningStack) -> list[int]:
    """The newest two versions that were trained, and on top one of a notebook, which has no report."""
    stack.command("train", EQUIPMENT.name, "--no-promote")
    register_from_notebook(stack.settings["SMARTPREDICT_MLFLOW_URL"])
    with stack.api() as api:
        listed = api.get(f"/models/{EQUIPMENT.name}/versions").json()["versions"]
    return [one["version"] for one in listed[:3]]


def look_at(visitor: Visitor, part: str) -> None:
    visitor.choose(part)
    visitor.page.wait_for_timeout(500)
    # What is being written anew is pale meanwhile.
    visitor.page.wait_for_function("!document.querySelector('[data-stale=\"true\"]')")


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("light", TALL),
        ("dark", {"color_scheme": "dark", **TALL}),
        ("phone", {"viewport": {"width": 390, "height": 844}}),
    ],
)
def test_every_part_can_be_read_by_everybody(
    visit: Visit, versions: list[int], name: str, settings: dict[str, object]
) -> None:
    _, newest, before = versions
    visitor = visit(**settings)
    visitor.open("Models")
    visitor.pick("Version", f"Version {newest}")
    visitor.pick("Compare with", f"Version {before}")
    visitor.page.keyboard.press("Escape")
    for part in PARTS:
        look_at(visitor, part)
        visitor.scroll_to(visitor.page.get_by_text("What to look at").first)
        assert visitor.page.get_by_test_id("stException").count() == 0, part
        assert visitor.violations() == [], part
        assert not visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth"), part
        visitor.picture(f"report-{part.lower().replace(' ', '-')}-{name}")


def test_a_threshold_is_moved_weighed_and_kept_for_everybody(
    visit: Visit, versions: list[int], stack: RunningStack
) -> None:
    newest = versions[1]
    visitor = visit()
    visitor.open("Models")
    visitor.pick("Version", f"Version {newest}")
    look_at(visitor, "Threshold")
    for label, cost in (("Cost of a false alarm", "1"), ("Cost of a missed", "40")):
        visitor.field(label).fill(cost)
        visitor.field(label).press("Enter")
        visitor.settle()
    before = visitor.figure("Cost")
    visitor.page.get_by_role("button", name="Take the cheapest threshold").click()
    total = visitor.page.get_by_test_id("stMetric").filter(has=visitor.page.get_by_text("Cost", exact=True))
    expect(total.get_by_test_id("stMetricValue")).not_to_have_text(before)
    assert int(visitor.figure("Cost").replace(",", "")) < int(before.replace(",", ""))
    key = visitor.field("Key of an administrator")
    key.fill(stack.stack.api_key("admin"))
    key.press("Enter")
    visitor.settle()
    why = visitor.field("Why this threshold")
    why.fill("a missed failure stops the line")
    why.press("Enter")
    visitor.settle()
    keep = visitor.page.get_by_role("button", name="Keep 0.")
    expect(keep).to_be_enabled()
    keep.click()
    visitor.sees("whoever acts on this threshold")
    with stack.api() as api:
        kept = api.get(f"/models/{EQUIPMENT.name}/versions/{newest}/report").json()["threshold"]
    assert (kept["cost_of_false_alarm"], kept["cost_of_miss"]) == (1.0, 40.0)
    assert (kept["reason"], kept["kept_by"]) == ("a missed failure stops the line", "admin")
    other = visit()
    other.open("Models")
    other.pick("Version", f"Version {newest}")
    look_at(other, "Threshold")
    other.sees(f"{kept['threshold']:g} is kept")


def test_a_version_of_a_notebook_says_why_it_has_none(visitor: Visitor, versions: list[int]) -> None:
    visitor.open("Models")
    visitor.pick("Version", f"Version {versions[0]}")
    visitor.sees(f"Version {versions[0]} has no report")
    visitor.sees("Train a new version to see one")


def test_the_report_is_saved_as_one_page_that_loads_nothing(
    visitor: Visitor, browser: Browser, versions: list[int]
) -> None:
    _, newest, before = versions
    visitor.open("Models")
    visitor.pick("Version", f"Version {newest}")
    visitor.pick("Compare with", f"Version {before}")
    visitor.page.keyboard.press("Escape")
    visitor.settle()
    link = visitor.page.get_by_role("link", name="Save the report as one page")
    saved = visitor.download(link.click)
    text = saved.read_text(encoding="utf-8")
    assert f"report of version {newest}" in text
    assert "http" not in text.replace("http-equiv", "")
    for scheme in ("light", "dark"):
        context = browser.new_context(offline=True, color_scheme=scheme)
        reader = Visitor(context.new_page(), "about:blank")
        reader.page.set_content(text)
        assert reader.page.locator("figure").count() > 5
        assert reader.violations() == []
        reader.picture(f"report-page-{scheme}")
        context.close()


def test_the_report_over_http(stack: RunningStack, versions: list[int]) -> None:
    notebook, newest, _ = versions
    base = f"/models/{EQUIPMENT.name}"
    with stack.api() as api:
        found = api.get(f"{base}/versions/{newest}/report").json()
        assert found["problem"] is None
        assert found["report"]["rows"]["holdout"] == 2_000
        assert [curve["class_name"] for curve in found["report"]["curves"]] == [EQUIPMENT.classes[1]]
        without = api.get(f"{base}/versions/{notebook}/report").json()
        assert without["report"] is None
        assert "notebook" in without["problem"]
        page = api.get(f"{base}/report.html", params={"versions": f"{newest},{notebook}"})
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert api.get(f"{base}/versions/999999/report").json()["code"] == "unknown-version"
        assert api.get(f"{base}/report.html?versions=1,x").status_code == 422
        assert api.get("/models/nothing/versions/1/report").json()["code"] == "unknown-use-case"
        assert api.post(f"{base}/versions/{newest}/threshold", json={"threshold": 0.4}).status_code == 403
    with stack.api("admin") as admin:
        where = f"{base}/versions/{newest}/threshold"
        for wrong in (
            {"threshold": 1.5},
            {"threshold": 0.5, "cost_of_miss": 3},
            {"threshold": 0.5, "reason": "a\u0000b"},
        ):
            assert admin.post(where, json=wrong).status_code == 422
        assert admin.post(f"{base}/versions/999999/threshold", json={"threshold": 0.4}).status_code == 404
        refused = admin.post("/models/iris/versions/1/threshold", json={"threshold": 0.4})
        assert (refused.status_code, refused.json()["detail"][:10]) == (422, "threshold:")
