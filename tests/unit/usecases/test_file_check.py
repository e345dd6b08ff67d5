"""The first rows of a file become typed values; what is wrong with a file as a whole is said in words."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from gateway_api.predict.file_check import bad_rows_workbook
from tests.unit.ui.stand_in_gateway import USE_CASE
from usecases.checking.file_check import CheckedFile, check_file
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError
from usecases.formats.data_files import read_data
from usecases.formats.format import Columns
from usecases.formats.reading import column_names, format_of, opener, read_tables

DECLARED = {name: USE_CASE[name] for name in ("name", "title", "task", "target", "classes", "key", "features", "rules")}
MACHINES = UseCase.model_validate(DECLARED | {"training": {"data": "rows.csv"}})
HEADER = "machine_id,quality,speed,torque,humid"
GOOD: dict[str, Any] = {"machine_id": "m1", "quality": "M", "speed": 1480, "torque": 41.5, "humid": None}
LINE = "m1,M,1480,41.5,\n"
BAD = "m1,M,fast,41.5,\n"


def checked(folder: Path, name: str, content: bytes, use_case: UseCase = MACHINES) -> CheckedFile:
    (folder / name).write_bytes(content)
    return check_file(use_case, folder / name, name, 1_000)


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{LINE}",
        f"\ufeff{HEADER}\r\nm1,M, 1480,4.15e1,nan\r\n",
        f"\n{HEADER.replace(',', ';')}\nm1;M;1480;41.5;\n",
        f'{HEADER}\n"m1",M,+1480,41.5,N/A\n',
    ],
)
def test_csv_is_read_however_spreadsheets_write_it(tmp_path: Path, content: str) -> None:
    assert checked(tmp_path, "rows.csv", content.encode()).good == {1: GOOD}
    assert checked(tmp_path, "rows.csv.gz", gzip.compress(content.encode())).good == {1: GOOD}


def test_parquet_and_json_lines_give_the_same_rows(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    pd.DataFrame([GOOD]).to_parquet(buffer)
    assert checked(tmp_path, "rows.parquet", buffer.getvalue()).good == {1: GOOD}
    assert checked(tmp_path, "rows.jsonl", (json.dumps(GOOD) + "\n\n").encode()).good == {1: GOOD}


def test_every_reason_of_a_bad_row_is_told(tmp_path: Path) -> None:
    found = checked(tmp_path, "rows.csv", f"{HEADER}\n{LINE}m1,X,fast,1e999,maybe\nm1,X\n".encode())
    assert list(found.good) == [1]
    assert {reason.column for reason in found.bad[2]} == {"quality", "speed", "torque", "humid"}
    assert [reason.rule for reason in found.bad[3]] == ["number_of_columns"]


@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_documents_of_mongodb_and_unions_of_avro_are_rows(tmp_path: Path, ending: str) -> None:
    document = GOOD | {
        "machine_id": {"$oid": "65e1f3a2b4c5d6e7f8091a2b"}, "speed": {"$numberInt": "1480"}, "torque": {"$numberDouble": "41.5"},
    }  # fmt: skip
    union = GOOD | {"quality": {"string": "M"}, "torque": {"double": 41.5}}
    bad = GOOD | {"torque": {"$numberDouble": "much"}}
    content = "\n".join(map(json.dumps, (document, union, bad)))
    found = checked(tmp_path, f"rows.{ending}", content.encode())
    assert found.good == {1: GOOD | {"machine_id": "65e1f3a2b4c5d6e7f8091a2b"}, 2: GOOD}
    assert [reason.column for reason in found.bad[3]] == ["torque"]
    [table] = read_tables(format_of(f"rows.{ending}"), opener(tmp_path / f"rows.{ending}"), Columns(list), 10)
    assert table.column("quality").to_pylist() == ["M"] * 3
    (tmp_path / "good.json").write_text("\n".join(map(json.dumps, (document, union))))
    assert read_data(tmp_path / "good.json").column("torque").to_pylist() == [41.5, 41.5]


def test_the_first_rows_of_a_longer_file_are_checked(tmp_path: Path) -> None:
    whole = checked(tmp_path, "rows.csv", f"{HEADER}\n{LINE * 1_000}".encode())
    assert (whole.rows, len(whole.good), whole.is_whole) == (1_000, 1_000, True)
    longer = checked(tmp_path, "rows.csv", f"{HEADER}\n{LINE * 1_001}".encode())
    assert (longer.rows, len(longer.good), longer.is_whole) == (1_000, 1_000, False)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.csv", b"", "is empty"),
        ("rows.csv", b"quality,speed,failed\nM,1,1\n", "missing column 'torque'. The columns of"),
        ("rows.csv", b"quality,speed,speed,torque\n", "repeated column 'speed'"),
        ("rows.csv", HEADER.encode(), "no rows"),
        ("rows.csv", HEADER.encode() + b"\n\xff\xfe,M,1,1,\n", "UTF-8"),
        ("rows.parquet", b"no parquet", "no Parquet file"),
        ("rows.csv.gz", b"no gzip", "damaged"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_words(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    found = checked(tmp_path, name, content)
    assert found.problem is not None
    assert said in found.problem
    assert (found.good, found.bad) == ({}, {})


def test_a_line_that_is_no_json_is_a_bad_row(tmp_path: Path) -> None:
    found = checked(tmp_path, "rows.jsonl", b"{broken\n" + json.dumps(GOOD).encode())
    assert (list(found.bad), found.good) == ([1], {2: GOOD})


def test_times_of_parquet_keep_their_moment(tmp_path: Path) -> None:
    timed = DECLARED | {"key": None, "features": [{"name": "at", "type": "timestamp", "title": "At"}], "rules": []}
    use_case = UseCase.model_validate(timed | {"training": {"data": "rows.csv"}})
    buffer = io.BytesIO()
    moment = datetime(2026, 5, 4, 12, tzinfo=UTC)
    pd.DataFrame({"at": [moment]}).to_parquet(buffer)
    assert checked(tmp_path, "t.parquet", buffer.getvalue(), use_case).good == {1: {"at": moment}}


def test_columns_are_read_from_every_kind_of_file(tmp_path: Path) -> None:
    header = "\ufeffDruck (bar, absolut)| Ort |n\n1|x|2\n".encode()
    parquet = io.BytesIO()
    pq.write_table(pa.table({"a": [1], "b": [2]}), parquet)
    expected = ["Druck (bar, absolut)", "Ort", "n"]
    for name, content, names in (
        ("x.csv", header, expected),
        ("x.CSV.gz", gzip.compress(header), expected),
        ("x.parquet", parquet.getvalue(), ["a", "b"]),
        ("x.jsonl", b'{"a": 1}\n7\n{"b": 2, "a": 1}\n', ["a", "b"]),
    ):
        (tmp_path / name).write_bytes(content)
        assert column_names(tmp_path / name, format_of(name)) == names
    for name, content in {"x.csv": b"", "x.parquet": b"none"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileBrokenError):
            column_names(tmp_path / name, format_of(name))


def test_a_column_of_lists_that_nobody_reads_is_no_fault_of_a_file(tmp_path: Path) -> None:
    ignoring = UseCase.model_validate({**MACHINES.model_dump(mode="json"), "ignored_columns": ["waves"]})
    file = io.BytesIO()
    pq.write_table(pa.table({**{name: [value] for name, value in GOOD.items()}, "waves": [[1.5, 2.5]]}), file)
    found = checked(tmp_path, "rows.parquet", file.getvalue(), ignoring)
    assert (found.problem, found.good) == (None, {1: GOOD})
    assert checked(tmp_path, "rows.parquet", file.getvalue()).problem == (
        "unknown column 'waves'. The columns of machines are machine_id, quality, speed, torque, humid"
    )


@pytest.mark.parametrize(
    ("name", "content", "places"),
    [
        ("rows.csv", f"{HEADER}\n{LINE}{BAD}", {2: "line 3"}),
        ("rows.csv", f"Report of March\n\n{HEADER}\r\n{LINE}\n{BAD}\nm1,X\n", {2: "line 6", 3: "line 8"}),
        ("rows.csv", f'{HEADER}\n"m\n1",M,1480,41.5,\n"m\n2",M,fast,41.5,\n{BAD}', {2: "line 4", 3: "line 6"}),
        ("rows.csv", f'{HEADER}\n{LINE}"m1,M,1480\n{BAD}', {2: "line 3", 3: "line 4"}),
        ("rows.jsonl", json.dumps(GOOD | {"speed": "fast"}), {}),
    ],
)
def test_the_line_of_a_bad_row_is_told(tmp_path: Path, name: str, content: str, places: dict[int, str]) -> None:
    found = checked(tmp_path, name, content.encode())
    assert found.bad
    assert found.places == places
    if name.endswith(".csv"):
        assert checked(tmp_path, "rows.csv.gz", gzip.compress(content.encode())).places == places


def test_lines_past_a_block_and_past_those_that_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.formats.chunks.BLOCK_BYTES", 64)
    rows = [BAD if number % 7 == 0 else LINE for number in range(1, 1_500)]
    found = checked(tmp_path, "rows.csv", f"{HEADER}\n{''.join(rows)}".encode())
    assert found.places == {number: f"line {number + 1:,}" for number in range(7, 1_001, 7)}


def test_the_row_of_a_sheet_is_told_with_a_title_above_and_empty_rows_between(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        bad = ["m1", "M", "fast", 41.5]
        for number, row in {
            2: ["Report of March"],
            4: HEADER.split(","),
            5: bad,
            6: ["m1", "M", 1480, 41.5],
            9: bad,
        }.items():
            sheet.write_row(number, 1, row)
        sheet.set_row(5, None, None, {"hidden": True})
    found = checked(tmp_path, "rows.xlsx", buffer.getvalue())
    assert found.places == {1: "row 6 of the sheet", 3: "row 10 of the sheet"}
    assert any("1 rows of the sheet are hidden, such as row 6" in text for text in found.told)
    frame = pd.read_excel(io.BytesIO(bad_rows_workbook(MACHINES, found)), engine="calamine")
    assert list(frame["row_number"]) == [1, 3]
    assert frame["reasons"][1].startswith("Row 10 of the sheet: speed: 'fast' is no whole number")
