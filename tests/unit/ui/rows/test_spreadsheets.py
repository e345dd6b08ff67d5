"""Files for Excel: what was a text stays one, and what was a number is one."""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import Any

import pandas as pd
from python_calamine import CalamineWorkbook

from ui.transfers.csv_files import workbook_of_csv, workbook_to_look_at

STREAMED = (
    b"id,machine_id,torque,humid,prediction,score,note,failed\n"
    b"019a,007,41.5,true,ok,0.4087313711643219,'=1+1,\n"
    b"019b,008,,false,failure,-0.5,'-a,ok\n"
    b'019c,9007199254740993,1e-3,,ok,0.25,"two\nlines, quoted",ok\n'
)


def read(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def workbook(rows: int = 10, texts: Collection[str] = ("machine_id",), content: bytes = STREAMED) -> list[list[Any]]:
    return read(workbook_of_csv(content, rows=rows, texts=texts, titles={"torque": "Torque [Nm]"}))


def test_a_list_of_bad_rows_opens_in_excel_as_texts() -> None:
    frame = pd.DataFrame({"Row": [2], "Value": ["=1+1"], "What is wrong": ["speed: '=1+1' is no number"]})
    assert read(workbook_to_look_at(frame)) == [
        ["Row", "Value", "What is wrong"],
        [2.0, "=1+1", "speed: '=1+1' is no number"],
    ]


def test_predictions_have_numbers_texts_and_titles() -> None:
    header, first, second, third = workbook()
    assert header == ["id", "machine_id", "Torque [Nm]", "humid", "prediction", "score", "note", "failed"]
    assert first == ["019a", "007", 41.5, "true", "ok", 0.4087313711643219, "=1+1", ""]
    assert second == ["019b", "008", "", "false", "failure", -0.5, "-a", "ok"]
    assert third[:5] == ["019c", "9007199254740993", 0.001, "", "ok"]
    assert third[6] == "two\nlines, quoted"


def test_digits_that_a_cell_would_lose_stay() -> None:
    assert [row[1] for row in workbook(texts=())[1:]] == ["007", "008", "9007199254740993"]


def test_what_is_cut_off_after_the_rows_does_no_harm() -> None:
    cut = STREAMED[: STREAMED.index(b"lines, quoted")]
    assert [row[0] for row in workbook(rows=2, content=cut)] == ["id", "019a", "019b"]
