"""Predicting from the page: a row, a small file, a large one, and a very large one."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import numpy as np
import pandas as pd
import psutil
import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from tests.end_to_end.ui.visitor import HEADER, Visitor
from tests.support.pipeline import equipment_rows
from tests.support.running_stack import TABLE, RunningStack
from tests.support.session.figures import show
from tests.support.waiting import eventually
from ui.parts.download import WORKBOOK_ROWS

MEGABYTE = 1024 * 1024


def write_rows(path: Path, count: int, *, seed: int, bad: list[int]) -> Path:
    """Write a file in which the rows of these numbers have an impossible torque."""
    frame = pd.DataFrame(equipment_rows(1_000, seed=seed).to_pylist())[HEADER.split(",")]
    frame = frame.iloc[np.arange(count) % len(frame)].reset_index(drop=True)
    frame.loc[[number - 1 for number in bad], "torque_nm"] = 455.0
    frame.to_csv(path, index=False)
    return path


def test_a_row_is_predicted_by_the_form(visitor: Visitor, stack: RunningStack) -> None:
    visitor.open()
    visitor.field("Machine id").fill("mill-by-form")
    visitor.field("Torque").fill("52.5")
    visitor.timed("a row by the form", lambda: visitor.press("Predict", then_sees="Model version"))
    shown = visitor.figure("Prediction")
    query = select(TABLE.c.prediction, TABLE.c.source, TABLE.c.torque_nm).where(TABLE.c.machine_id == "mill-by-form")
    with stack.engine.connect() as connection:
        assert connection.execute(query).one() == (shown, "webapp", 52.5)
    visitor.picture("predict")
    assert visitor.violations() == []


def test_the_answer_is_in_view_on_a_small_screen(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": 1280, "height": 800})
    visitor.open()
    for torque in ("41.5", "52.5"):  # the second time as the first
        visitor.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
        visitor.field("Torque").fill(torque)
        visitor.press("Predict", then_sees="Model version")
        expect(visitor.page.get_by_test_id("stMetricValue").first).to_be_in_viewport()
    visitor.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    visitor.field("Torque").fill("455")
    visitor.press("Predict", then_sees="nothing was predicted")
    expect(visitor.page.get_by_text("nothing was predicted")).to_be_in_viewport()


def test_a_row_that_breaks_a_rule_is_told_what_to_change(visitor: Visitor) -> None:
    visitor.open()
    visitor.field("Process temperature").fill("290")
    visitor.press("Predict")
    visitor.sees("nothing was predicted")
    visitor.sees("Process warmer than air: the row breaks 'Process temperature [K] > Air temperature [K]'")


def test_a_value_out_of_range_is_told_and_the_result_before_it_goes(visitor: Visitor) -> None:
    visitor.open()
    visitor.press("Predict", then_sees="Model version")
    visitor.field("Torque").fill("455")
    visitor.press("Predict", then_sees="nothing was predicted")
    visitor.sees("Torque [Nm]: 455.0 is above the maximum 120.0")
    visitor.settle()
    assert visitor.page.get_by_text("Model version").count() == 0


def test_the_keyboard_goes_through_the_form_in_order(visitor: Visitor) -> None:
    visitor.open()
    visitor.field("Machine id").focus()
    names = []
    for _ in range(30):
        name = visitor.page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
        if name and name not in names:
            names.append(name)
        visitor.page.keyboard.press("Tab")
    wanted = ["Machine id", "Air temperature", "Process temperature", "Rotational speed", "Torque", "Tool wear"]
    assert [label for name in names for label in wanted if name.startswith(label)] == wanted


def test_a_file_with_good_and_bad_rows(visitor: Visitor, stack: RunningStack, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "plant-7.csv", 50, seed=7, bad=[4, 8, 10])
    visitor.open()
    visitor.choose("A file")
    template = visitor.download(lambda: visitor.press("Download a template"))
    assert template.read_text().splitlines()[0] == HEADER
    visitor.hand_in(file)
    visitor.sees("3 rows of 50 are not valid")
    visitor.picture("predict-file-checked")
    assert visitor.violations() == []
    visitor.press("Predict the 47 good rows")
    visitor.sees("47 rows predicted and stored")
    visitor.sees("3 rows were left out, and nothing keeps them")
    visitor.picture("predict-file")
    saved = visitor.download(lambda: visitor.press("Download 47 rows as CSV"))
    with saved.open(newline="") as file_of_rows:
        rows = list(csv.DictReader(file_of_rows))
    assert [int(row["row"]) for row in rows] == [number for number in range(1, 51) if number not in {4, 8, 10}]
    stored = select(func.count()).where(TABLE.c.id.in_([UUID(row["id"]) for row in rows]))
    with stack.engine.connect() as connection:
        assert connection.execute(stored).scalar_one() == 47


def test_bad_rows_of_a_file_that_is_handed_in_whole_are_kept(visitor: Visitor, tmp_path: Path) -> None:
    visitor.open()
    visitor.choose("A file")
    visitor.hand_in(write_rows(tmp_path / "plant-8.csv", 30, seed=8, bad=[5]))
    visitor.sees("1 row of 30 is not valid")
    visitor.press("Hand in the whole file", then_sees="1 row refused: see why")
    visitor.shows("Predicted", "29")
    visitor.page.get_by_role("link", name="Repair them under Data quality").click()
    visitor.page.get_by_role("button", name="Send repaired rows again").wait_for()


def test_a_workbook_as_an_office_writes_it(visitor: Visitor, tmp_path: Path) -> None:
    frame = pd.read_csv(write_rows(tmp_path / "rows.csv", 40, seed=9, bad=[5, 6])).rename(columns=str.upper)
    frame["MACHINE_FAILURE"] = 0
    frame.to_excel(tmp_path / "Werk 7.xlsx", engine="xlsxwriter", startrow=2)  # below a title, with an index
    visitor.open()
    visitor.choose("A file")
    visitor.hand_in(tmp_path / "Werk 7.xlsx")
    visitor.sees("2 rows of 40 are not valid")
    saved = visitor.download(lambda: visitor.press("Download this list for Excel"))
    assert list(pd.read_excel(saved, engine="calamine")["Row"]) == [5, 6]
    visitor.press("Predict the 38 good rows", then_sees="38 rows predicted and stored")
    predicted = pd.read_excel(visitor.download(lambda: visitor.press("Download 38 rows for Excel")), engine="calamine")
    assert sorted(predicted["row"]) == [number for number in range(1, 41) if number not in {5, 6}]
    assert predicted["score"].between(0, 1).all(), "numbers, whatever the office's decimal sign"
    rows = pd.read_excel(
        visitor.download(lambda: visitor.press("Download the rows to correct")),
        engine="calamine",
        dtype={"machine_id": str},
    )
    assert list(rows["row_number"]) == [5, 6]
    rows.assign(torque_nm=41.5).to_excel(tmp_path / "corrected.xlsx", engine="xlsxwriter", index=False)
    visitor.hand_in(tmp_path / "corrected.xlsx")
    visitor.press("Predict 2 rows", then_sees="2 rows predicted and stored")


def test_a_file_as_a_german_office_writes_it(visitor: Visitor, tmp_path: Path) -> None:
    frame = pd.read_csv(write_rows(tmp_path / "rows.csv", 30, seed=11, bad=[]))
    frame = frame.rename(columns={"torque_nm": "Drehmoment", "tool_wear_min": "Wear"}).assign(Prüfer="Jörg")
    for number in (1, 2):
        frame.to_csv(tmp_path / f"Woche {number}.csv", sep=";", decimal=",", encoding="cp1252", index=False)
    visitor.open()
    visitor.choose("A file")
    visitor.hand_in(tmp_path / "Woche 1.csv")
    visitor.sees("is not written as this use case expects")
    visitor.pick("Wear is", "Tool wear [min]")
    visitor.settle()
    visitor.pick("Drehmoment is", "Torque [Nm]")
    visitor.sees("Torque [Nm]: ")  # its numbers have commas, too
    visitor.picture("predict-file-mapping")
    assert visitor.violations() == []
    visitor.press("Read it so, and remember it", then_sees="30 rows, all valid")
    visitor.open()
    visitor.choose("A file")
    visitor.hand_in(tmp_path / "Woche 2.csv")
    visitor.press("Predict 30 rows", then_sees="30 rows predicted and stored")
    visitor.shows("Rows read", "30")  # a file, read by the mapping as it was when it was checked
    visitor.press("Hand in another file")
    visitor.page.get_by_text("Files that are read otherwise").click()
    visitor.page.get_by_role("button", name="Withdraw mapping").click()
    visitor.page.get_by_text("Files that are read otherwise").wait_for(state="detached")


@pytest.fixture
def of_other_programs(tmp_path: Path) -> list[Path]:
    """One table as people and programs hand it over, each read without a question."""
    frame = pd.read_csv(write_rows(tmp_path / "rows.csv", 25, seed=12, bad=[]))
    titles = ["Machine id", "Product quality", "Air temperature [K]", "Process temperature [K]", "Rotational speed [rpm]",
              "Torque [Nm]", "Tool wear [min]"]  # fmt: skip
    frame.to_csv(tmp_path / "capitals.csv", index=False, header=[name.upper() for name in frame.columns])
    frame.set_axis(titles, axis="columns").to_csv(tmp_path / "titles.csv")  # with an index
    frame.to_csv(tmp_path / "rows.tsv", sep="\t", index=False)
    frame.to_csv(tmp_path / "rows.zip", index=False, compression={"method": "zip", "archive_name": "rows.csv"})
    frame.to_json(tmp_path / "rows.json", orient="records")
    return [tmp_path / name for name in ("capitals.csv", "titles.csv", "rows.tsv", "rows.zip", "rows.json")]


def test_files_of_other_programs_are_read_without_a_question_and_are_files_afterwards(
    visitor: Visitor, stack: RunningStack, of_other_programs: list[Path]
) -> None:
    visitor.open()
    visitor.choose("A file")
    for file in of_other_programs:
        visitor.hand_in(file)
        visitor.sees(f"{file.name}: 25 rows, all valid.")
    visitor.timed("a small file", lambda: visitor.press("Predict 25 rows", then_sees="25 rows predicted and stored"))
    with stack.api() as api:
        [listed] = [one for one in api.get("/batches").json()["batches"] if one["name"] == "rows.json"]
    assert (listed["source"], listed["rows"]["predicted"]) == ("webapp", 25)
    own = visitor.download(visitor.page.get_by_role("link", name="Download all as CSV").click)
    again = own.rename(own.with_name("our-own-download.csv"))
    visitor.press("Hand in another file")
    visitor.hand_in(again)
    visitor.sees("our-own-download.csv: 25 rows, all valid.")


def test_a_batch_is_followed_to_its_end_across_a_reload(visitor: Visitor, stack: RunningStack, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "whole-plant.csv", 100_000, seed=8, bad=list(range(10, 100_000, 1_000)))
    visitor.open()
    visitor.choose("A file")
    visitor.hand_in(file)
    visitor.sees("goes as a batch")
    visitor.press("Check and predict the file")
    visitor.page.wait_for_url("**batch=**")
    visitor.page.reload()
    visitor.sees("whole-plant.csv")
    visitor.page.get_by_role("link", name="Download all as CSV").wait_for(timeout=60_000)
    batch_id = UUID(visitor.page.url.partition("batch=")[2].partition("&")[0])
    ledger = stack.wait_done(batch_id)
    figures = [visitor.figure(label) for label in ("Rows read", "Predicted", "Refused", "On their way")]
    assert figures == [f"{number:,}" for number in (ledger.rows_in, ledger.predicted, ledger.quarantined, 0)]
    assert (ledger.rows_in, ledger.quarantined) == (100_000, 100)
    visitor.picture("predict-batch")
    assert visitor.violations() == []
    saved = visitor.download(lambda: visitor.page.get_by_role("link", name="Download all as CSV").click())
    with saved.open() as lines:
        assert sum(1 for _ in lines) == 1 + ledger.predicted
    _filters_are_of_all_rows(visitor, stack, batch_id)


def _filters_are_of_all_rows(visitor: Visitor, stack: RunningStack, batch_id: UUID) -> None:
    of_batch = select(func.count()).where(TABLE.c.batch_id == batch_id, TABLE.c.prediction == "failure")
    with stack.engine.connect() as connection:
        failures = connection.execute(of_batch).scalar_one()
    assert failures
    visitor.pick("Only predictions of", "failure")
    visitor.sees(f"of {failures:,}, which fit of ")
    visitor.page.get_by_role("link", name=f"Download {failures:,} rows as CSV").wait_for()
    workbook = pd.read_excel(visitor.download(lambda: visitor.press("Download for Excel")), engine="calamine")
    assert (len(workbook), {*workbook["prediction"]}) == (min(failures, WORKBOOK_ROWS), {"failure"})
    assert workbook["Torque [Nm]"].dtype.kind == "f"


def test_a_very_large_file_goes_through_without_filling_the_memory(
    visitor: Visitor, stack: RunningStack, tmp_path: Path
) -> None:
    large = tmp_path / "huge.csv"
    with large.open("w") as file:
        # Refused by its header, so that the pipeline does not work on five million rows meanwhile.
        file.write(HEADER.replace("torque_nm", "torque_lbft") + "\n")
        line = "mill-1,M,300.1,310.4,1480,41.5,108\n" * 30_000
        while file.tell() < 200 * MEGABYTE:
            file.write(line)
    server = stack.process("ui")
    visitor.open()
    visitor.choose("A file")
    before = peak = server.memory_info().rss
    visitor.hand_in(large)
    as_it_is = visitor.page.get_by_role("button", name="Hand it in as it is")
    peak = max(peak, _peak_until(visitor, server, as_it_is.is_visible))
    as_it_is.click()
    button = visitor.page.get_by_role("button", name="Check and predict the file")
    peak = max(peak, _peak_until(visitor, server, button.is_visible))
    button.click()
    peak = max(peak, _peak_until(visitor, server, lambda: "batch=" in visitor.page.url))
    show(f"200 MB uploaded: the page's process grew by {(peak - before) / MEGABYTE:.0f} MB at most")
    assert peak - before < 100 * MEGABYTE
    visitor.sees("The file was refused", 60)
    visitor.sees("torque_lbft")


def _peak_until(visitor: Visitor, server: psutil.Process, done: Callable[[], bool]) -> int:
    """Watch the memory of the page's process until something is seen."""
    peak = 0

    def look() -> bool:
        nonlocal peak
        peak = max(peak, server.memory_info().rss)
        # The browser's news come in only while something waits for it.
        visitor.page.wait_for_timeout(20)
        return done()

    eventually(look, 60)
    return peak


@pytest.mark.parametrize("name", ["no columns.csv", "broken.parquet"])
def test_a_file_that_cannot_be_used_is_told_at_once(visitor: Visitor, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("a,b\n1,2\n")
    visitor.open()
    visitor.choose("A file")
    visitor.hand_in(file)
    visitor.sees("cannot be read")
