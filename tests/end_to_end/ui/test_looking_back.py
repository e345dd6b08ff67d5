"""Looking back and mending: past predictions, and refused rows repaired and sent again."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from playwright.sync_api import Locator, Position
from sqlalchemy import func, select, text

from tests.end_to_end.ui.conftest import GOOD
from tests.end_to_end.ui.visitor import HEADER, Visitor
from tests.support.running_stack import TABLE, RunningStack
from tests.support.waiting import eventually


def rows_in_database(stack: RunningStack, *conditions: object) -> int:
    with stack.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(TABLE).where(*conditions)).scalar_one())  # type: ignore[arg-type]


def test_figures_of_past_predictions_are_those_of_the_database(
    visitor: Visitor, stack: RunningStack, dropped: UUID
) -> None:
    with stack.api("webapp") as api:
        assert api.post("/predict", json={**dict(zip(HEADER.split(","), GOOD.format(number=20).strip().split(","), strict=True)),
                                          "air_temperature_k": 300.1, "process_temperature_k": 310.4,
                                          "rotational_speed_rpm": 1480, "torque_nm": 41.5,
                                          "tool_wear_min": 108}).status_code == 200  # fmt: skip
    visitor.open()
    visitor.timed("past predictions", lambda: visitor.go("Past predictions"))
    visitor.choose("All")
    visitor.shows("Predictions", f"{rows_in_database(stack):,}")
    assert visitor.violations() == []
    for label, source in {"Dropped file": "file", "This page": "webapp"}.items():
        visitor.pick("Came from", label)
        visitor.sees(f"of {rows_in_database(stack, TABLE.c.source == source):,}, the newest first")
        visitor.shows("Predictions", f"{rows_in_database(stack, TABLE.c.source == source):,}")
    visitor.choose("Start and end")
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    expected = rows_in_database(stack, TABLE.c.source == "webapp", TABLE.c.received_at >= midnight)
    visitor.sees(f"of {expected:,}, the newest first")
    start = visitor.page.get_by_test_id("stDateTimeInput").first.locator("input").first
    chosen = start.input_value()
    visitor.page.reload()
    visitor.sees(f"of {expected:,}, the newest first")
    assert start.input_value() == chosen


def test_pages_go_on_and_back(visitor: Visitor, dropped: UUID) -> None:
    visitor.open("Past predictions")
    visitor.choose("All")
    visitor.sees("Page 1 ·")
    following = visitor.page.get_by_role("button", name="Next page")
    if following.is_enabled():
        visitor.timed("next page", lambda: visitor.press("Next page", then_sees="Page 2 ·"))
        visitor.press("Previous page")
        visitor.sees("Page 1 ·")


def test_the_history_of_a_machine_shows_what_came_true(visitor: Visitor, stack: RunningStack, dropped: UUID) -> None:
    with stack.api("api") as api:
        label = {"key": "mill-3", "label": "failure"}
        assert api.post("/labels", json={"use_case": "equipment_failure", "labels": [label]}).json()["added"] == 1
    visitor.open("Past predictions")
    visitor.choose("All")
    key = visitor.field("Machine id")
    key.fill("mill-3")
    key.press("Enter")
    visitor.sees("History of mill-3")
    rows = rows_in_database(stack, TABLE.c.machine_id == "mill-3")
    visitor.sees(f"Page 1 · {rows} row")
    visitor.sees("of the 1 of which it is known came true as predicted")
    visitor.settle()
    visitor.picture("history-of-a-key")
    assert visitor.violations() == []
    assert "use_case=equipment_failure" in visitor.page.url
    assert "key=mill-3" in visitor.page.url
    visitor.pick("Came from", "Schedule")
    visitor.sees("No predictions found")


def test_the_rows_of_one_file_are_found_by_class_and_key(visitor: Visitor, stack: RunningStack, dropped: UUID) -> None:
    visitor.page.goto(f"{visitor.address}/past-predictions?use_case=equipment_failure&batch={dropped}&period=All")
    visitor.sees("Page 1 · 18 rows, the newest first")
    counted = {name: rows_in_database(stack, TABLE.c.batch_id == dropped, TABLE.c.prediction == name)
               for name in ("ok", "failure")}  # fmt: skip
    name = max(counted, key=lambda one: counted[one])
    visitor.pick("Predicted as", name)
    visitor.sees(f"Page 1 · {counted[name]} row")
    key = visitor.field("Machine id")
    key.fill("mill-7")
    key.press("Enter")
    visitor.sees("History of mill-7")
    visitor.sees("Page 1 · 1 row, the newest first")


def test_a_link_names_the_use_case_by_its_name(visitor: Visitor, stack: RunningStack) -> None:
    for name in ("iris", "pm25", "equipment_failure"):
        visitor.page.goto(f"{visitor.address}/past-predictions?use_case={name}")
        box = visitor.page.get_by_role("combobox", name="Use case")
        box.wait_for()
        visitor.settle()
        with stack.api("webapp") as api:
            title = api.get(f"/use-cases/{name}").json()["title"]
        assert box.input_value() == title
        visitor.go("Models")
        assert f"use_case={name}" in visitor.page.url
        assert visitor.page.get_by_role("combobox", name="Use case").first.input_value() == title


def write_into_cell(visitor: Visitor, table: Locator, place: Position, value: str) -> None:
    """Write into a cell by its place, for a table is one picture to the browser."""
    field = visitor.page.locator(".gdg-input")

    def opened() -> bool:
        # The table listens only a moment after it is drawn.
        table.dblclick(position=place)
        visitor.page.wait_for_timeout(300)
        return field.is_visible()

    eventually(opened)
    field.fill(value)
    field.press("Enter")


def test_a_refused_row_is_repaired_and_sent_again(visitor: Visitor, stack: RunningStack, dropped: UUID) -> None:
    visitor.open()
    visitor.timed("data quality", lambda: visitor.go("Data quality"))
    visitor.page.goto(f"{visitor.address}/data-quality?batch={dropped}")
    assert "night-shift.csv" in visitor.page.get_by_role("combobox", name="File").input_value()
    visitor.page.get_by_role("button", name="Send repaired rows again").wait_for()
    visitor.settle()
    visitor.picture("data-quality")
    editor = visitor.page.get_by_test_id("stDataFrame").last
    visitor.scroll_to(editor)
    write_into_cell(visitor, editor, {"x": 880, "y": 52}, "45")
    visitor.sees("Send 1 repaired row again")
    assert visitor.violations() == []
    visitor.press("Send 1 repaired row again")
    visitor.sees("1 repaired row sent again")
    with stack.engine.connect() as connection:
        query = text(
            "select row_number, replayed_as from smartpredict.quarantine where batch_id = :id and replayed_as is not null"
        )
        number, replayed_as = connection.execute(query, {"id": dropped}).one()
    assert number == 5
    stack.wait_done(replayed_as)
    visitor.page.get_by_role("link", name="See what became of them").click()
    visitor.sees("Your file")
    visitor.page.get_by_role("link", name="Download all as CSV").wait_for()
    assert (visitor.figure("Rows read"), visitor.figure("Predicted")) == ("1", "1")
    assert rows_in_database(stack, TABLE.c.batch_id == replayed_as, TABLE.c.torque_nm == 45) == 1
