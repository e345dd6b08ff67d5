"""Repaired rows as offices save them: decimal commas, dates, sheets and encodings, read under their own numbers."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook

from gateway_api.quarantine.repaired_files import name_rows
from sql.base.csv_lines import csv_lines
from sql.quarantine.pages import RowKey
from sql.quarantine.rows import QuarantineEntry, csv_header, csv_row
from tests.unit.formats.test_office_files import workbook
from usecases.checking.reasons import Reason
from usecases.checking.repaired_file import RepairedFile, TooManyRowsError, read_repaired_file
from usecases.checking.rows_workbook import BadRow, write_workbook
from usecases.columns.notations import Notation
from usecases.contract.catalog import load_catalog
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError

EQUIPMENT = load_catalog()["equipment_failure"]
BATCH, OTHER = UUID(int=7), UUID(int=8)
COLUMNS = list(EQUIPMENT.columns)
ROW = ["mill-1", "M", 300.1, 310.4, 1480, 41.5, 108]
HEADER = ["row_number", "reasons", *COLUMNS, "batch_id", "raw"]


def read(folder: Path, name: str, content: bytes, use_case: UseCase = EQUIPMENT, most: int = 100) -> RepairedFile:
    (folder / name).write_bytes(content)
    return read_repaired_file(use_case, folder / name, name, most)


def changed(**values: Any) -> list[Any]:
    return list((dict(zip(COLUMNS, ROW, strict=True)) | values).values())


def entry(number: int, raw: str, column: str | None = "torque_nm") -> QuarantineEntry:
    reason = {"column": column, "rule": "maximum", "value": "455", "message": "torque_nm: 455 is above the maximum"}
    return QuarantineEntry(
        batch_id=BATCH, row_number=number, use_case=EQUIPMENT.name, raw=raw, reasons=[reason],
        created_at=datetime(2026, 5, 4, tzinfo=UTC), replayed_as=None, replayed_at=None,
        discarded_at=None, discarded_by=None, discarded_account=None, discarded_reason=None,
    )  # fmt: skip


def bad_row(kept: QuarantineEntry) -> BadRow:
    return BadRow(kept.row_number, kept.raw, kept.reasons, kept.batch_id)


def test_a_workbook_of_bad_rows_is_read_again_as_it_is(tmp_path: Path) -> None:
    bad = {"machine_id": "007", "product_quality": "=1+1", "rotational_speed_rpm": "1480", "torque_nm": "455"}
    exact = {"machine_id": "k", "product_quality": "M", "rotational_speed_rpm": 1480, "torque_nm": 41.5}
    degrees = {"air_temperature_k": 300.12345678901234, "process_temperature_k": 310.4, "tool_wear_min": 108}
    raws = [json.dumps(bad | degrees), json.dumps(exact | degrees), "mill-9;M;not a row"]
    content = write_workbook(
        EQUIPMENT, [bad_row(entry(number, raw)) for number, raw in enumerate(raws, start=21)], are_kept=True
    )
    found = read(tmp_path, "repaired.xlsx", content)
    assert (found.row_numbers, set(found.batch_ids)) == ([21, 22, 23], {str(BATCH)})
    assert {reason.column for reason in found.bad[1]} == {"product_quality", "torque_nm"}
    assert found.good[2] == exact | degrees
    assert ("torque_nm", "missing") in {(reason.column, reason.rule) for reason in found.bad[3]}


@pytest.mark.parametrize(("column", "text"), [("tool_wear_min", "2.000"), ("torque_nm", "1.234")])
def test_a_text_that_could_be_two_numbers_stays_a_text_for_whoever_corrects_it(column: str, text: str) -> None:
    reason = {"column": column, "rule": "type", "value": text, "message": f"{column}: {text!r} could be two numbers"}
    raw = json.dumps(dict(zip(COLUMNS, ROW, strict=True)) | {column: text})
    content = write_workbook(EQUIPMENT, [BadRow(3, raw, [reason])], are_kept=False)
    header, row = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    cells = dict(zip(header, row, strict=True))
    assert (cells[column], cells["rotational_speed_rpm"]) == (text, 1480)


def test_numbers_dates_and_texts_of_a_german_office_are_read(tmp_path: Path) -> None:
    text = "row_number;" + ";".join(COLUMNS) + "\r\n" + "21;Fräse 1;M;300,1;310,4;1480;41,5;108\r\n"
    found = read(tmp_path, "repariert.csv", text.encode("cp1252"))
    assert (found.row_numbers, found.batch_ids, found.bad) == ([21], [None], {})
    assert found.good[1]["machine_id"] == "Fräse 1"
    assert (found.good[1]["air_temperature_k"], found.good[1]["torque_nm"]) == (300.1, 41.5)


@pytest.mark.parametrize("name", ["repaired.xlsx", "repaired.csv"])
@pytest.mark.parametrize("truth", [True, False, "ja", "nein"])
def test_a_truth_for_a_category_of_words_is_read_back(tmp_path: Path, name: str, truth: object) -> None:
    """A download has `true` in the cell of a truth, which was none of ja and nein: a row that was bad for another value stayed so."""
    kiln = UseCase.model_validate(
        {
            "name": "kiln", "title": "Kiln", "task": "regression", "target": "y", "training": {"data": "tiles.csv"},
            "features": [{"name": "dried", "type": "category", "values": ["ja", "nein"]}, {"name": "heat", "type": "float"}],
        }
    )  # fmt: skip
    columns = list(kiln.columns)
    bad = entry(21, json.dumps({"dried": truth, "heat": 900.5}))
    as_csv = csv_lines([csv_header(columns), csv_row(bad, columns)])
    found = read(
        tmp_path, name, as_csv if name.endswith("csv") else write_workbook(kiln, [bad_row(bad)], are_kept=True), kiln
    )
    assert found.good == {1: {"dried": "nein" if truth in {False, "nein"} else "ja", "heat": 900.5}}


def test_texts_and_numbers_may_stand_in_one_column_of_a_workbook(tmp_path: Path) -> None:
    rows = [
        [21, "", *changed(torque_nm="41.5")],
        [22, "", *changed(torque_nm=45.5)],
        [23, "", *changed(torque_nm="45,5")],
    ]
    found = read(tmp_path, "a.xlsx", workbook([HEADER[:-2], *rows]))
    assert [row["torque_nm"] for row in found.good.values()] == [41.5, 45.5, 45.5]


def test_what_could_be_two_numbers_is_bad_and_says_so(tmp_path: Path) -> None:
    lines = [
        "21;a;M;300,1;310,4;1480;41,5;108",
        "22;b;M;300,1;310,4;1480;12.345;108",
        "23;c;M;300,1;310,4;1480;1,234;108",
    ]
    found = read(tmp_path, "a.csv", ("row_number;" + ";".join(COLUMNS) + "\n" + "\n".join(lines)).encode())
    assert set(found.good) == {1, 3}, "1,234 has a decimal comma where the others do"
    [reason] = found.bad[2]
    assert (reason.column, reason.value) == ("torque_nm", "12.345")
    alone = read(tmp_path, "b.csv", ("row_number;" + ";".join(COLUMNS) + "\n" + lines[2]).encode())
    assert {reason.column for reason in alone.bad[1]} == {"torque_nm"}


@pytest.mark.parametrize(
    ("torques", "speeds", "read_as"),
    [
        (["40,5", "41,5"], ["1.480", "1842"], {1: (40.5, 1480), 2: (41.5, 1842)}),
        (["40,5", "1.041"], ["1480", "1.000"], {1: (40.5, 1480)}),  # above the maximum; 1.000 alone may be one
        (["1.041,5", "41"], ["1.480", "2.000"], {2: (41.0, 2000)}),
        (["40,5", "1.5"], ["1.480", "1480.0"], {1: (40.5, 1480), 2: (1.5, 1480)}),
        (["40.5", "1.041"], ["1480", "1e3"], {1: (40.5, 1480), 2: (1.041, 1000)}),
        (["40,5", "0.041"], ["1.480", "1480.5"], {}),
    ],
)
def test_numbers_are_read_as_somebody_said_that_files_write_them(
    tmp_path: Path, torques: list[str], speeds: list[str], read_as: dict[int, tuple[float, int]]
) -> None:
    rows = [
        f"{number};a;M;300,1;310,4;{speed};{torque};108"
        for number, (torque, speed) in enumerate(zip(torques, speeds, strict=True), start=21)
    ]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["row_number;" + ";".join(COLUMNS), *rows]), encoding="utf-8")
    said = dict.fromkeys(("torque_nm", "rotational_speed_rpm"), Notation.DECIMAL_COMMA)
    found = read_repaired_file(EQUIPMENT, path, "a.csv", 100, said)
    assert {number: (row["torque_nm"], row["rotational_speed_rpm"]) for number, row in found.good.items()} == read_as
    unsaid = read_repaired_file(EQUIPMENT, path, "a.csv", 100)
    assert unsaid.good.items() <= found.good.items(), "what was read before is read alike"


def test_a_number_typed_as_a_text_stands_among_numbers_of_a_workbook(tmp_path: Path) -> None:
    rows = [[21, *changed(rotational_speed_rpm="1.480")], [22, *changed(rotational_speed_rpm=1500)]]
    (tmp_path / "a.xlsx").write_bytes(workbook([["row_number", *COLUMNS], *rows]))
    said = {"rotational_speed_rpm": Notation.DECIMAL_COMMA}
    found = read_repaired_file(EQUIPMENT, tmp_path / "a.xlsx", "a.xlsx", 100, said)
    assert [row["rotational_speed_rpm"] for row in found.good.values()] == [1480, 1500]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("31.12.2026", datetime(2026, 12, 31, tzinfo=UTC)),
        ("1.3.2026 9:05", datetime(2026, 3, 1, 9, 5, tzinfo=UTC)),
        ("01.03.2026 16:30:10", datetime(2026, 3, 1, 16, 30, 10, tzinfo=UTC)),
        ("2026-03-01T12:30:00Z", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
    ],
)
def test_the_day_may_come_first(tmp_path: Path, written: str, read_as: datetime) -> None:
    kiln = UseCase.model_validate(
        {
            "name": "kiln", "title": "Kiln", "task": "binary", "target": "cracked", "classes": ["whole", "cracked"],
            "features": [{"name": "fired_at", "type": "timestamp"}], "training": {"data": "tiles.csv"},
        }
    )  # fmt: skip
    found = read(tmp_path, "a.csv", f"row_number;fired_at\n3;{written}\n4;31.31.2026\n".encode(), kiln)
    assert found.good[1]["fired_at"] == read_as
    assert set(found.bad) == {2}


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (",".join(COLUMNS) + "\na,M,300.1,310.4,1480,41.5,108\n", TableRefusedError, "row_number"),
        ("row_number,machine_id\n1,a\n", TableRefusedError, "missing column"),
        ("row_number," + ",".join(COLUMNS) + ",colour\n1,a,M,300.1,310.4,1480,41.5,108,red\n", TableRefusedError, "colour"),
        ("row_number," + ",".join(COLUMNS) + "\n", FileBrokenError, "no rows"),
        ("row_number," + ",".join(COLUMNS) + "\n" + "1,a,M,300.1,310.4,1480,41.5,108\n" * 101, TooManyRowsError, "100 rows"),
    ],
)  # fmt: skip
def test_a_file_that_tells_no_rows_is_refused(tmp_path: Path, content: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        read(tmp_path, "a.csv", content.encode())


def test_a_row_is_sent_only_where_it_is_clear_which_one_is_meant() -> None:
    numbers = [1, 2, 2, None, 4, 5, 6]
    batches = [None, None, str(BATCH), None, str(OTHER), "x", str(BATCH)]
    named = name_rows(RepairedFile(numbers, batches, {}, {}), BATCH)
    told = {place: key.rule for place, key in named.items() if isinstance(key, Reason)}
    assert told == {2: "repeated", 3: "repeated", 4: "missing", 5: "unknown", 6: "type"}
    assert (named[1], named[7]) == (RowKey(BATCH, 1), RowKey(BATCH, 6))
    alone = name_rows(RepairedFile([1, 2], [None, str(OTHER)], {}, {}), None)
    assert isinstance(alone[1], Reason)
    assert alone[2] == RowKey(OTHER, 2)
