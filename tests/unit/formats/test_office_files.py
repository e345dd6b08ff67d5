"""Files as offices and browsers hand them over: workbooks, archives of one table, arrays of JSON, tabs."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xlsxwriter

from usecases.checking.chunk_check import check_chunk
from usecases.checking.file_check import check_file
from usecases.contract.catalog import load_catalog
from usecases.formats import json_array, zipped
from usecases.formats.chunks import Chunk, FileBrokenError, LinesChunk, TableChunk
from usecases.formats.data_files import read_data
from usecases.formats.format import Columns
from usecases.formats.reading import columns_of, format_of, opener, preflight, read_chunks

IRIS = load_catalog()["iris"]
NAMES = [feature.name for feature in IRIS.features]
ROWS = [[5.1, 3.5, 1.4, 0.2], [6, 3, 4.5, 1.5], [6.3, 3.3, 6, 2.5]]
CSV_TEXT = ",".join(NAMES) + "\n" + "".join(",".join(map(str, row)) + "\n" for row in ROWS)


def workbook(*sheets: list[list[Any]], hidden: bool = False) -> bytes:
    """Write sheets of cells; `hidden` hides the first one."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"default_date_format": "dd.mm.yyyy hh:mm:ss", "remove_timezone": True})
    made = [book.add_worksheet() for _ in sheets]
    for sheet, rows in zip(made, sheets, strict=True):
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, place, cell)
    if hidden:
        made[1].activate()
        made[1].set_first_sheet()
        made[0].hide()
    book.close()
    return buffer.getvalue()


def archive(**members: bytes | str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in members.items():
            writer.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def read(
    folder: Path, name: str, content: bytes, chunk_rows: int = 1_000, columns: Columns | None = None
) -> list[Chunk]:
    (folder / name).write_bytes(content)
    return list(format_of(name).read(opener(folder / name), columns or Columns(list), chunk_rows))


def read_table(folder: Path, content: bytes, columns: Columns | None = None) -> pa.RecordBatch:
    [chunk] = read(folder, "a.xlsx", content, columns=columns)
    assert isinstance(chunk, TableChunk)
    return chunk.table


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.xlsx", workbook([NAMES, *ROWS])),
        ("title.xlsx", workbook([["Irises of May"], [], ["", *NAMES], *[[number, *row] for number, row in enumerate(ROWS)]])),
        ("second sheet.xlsx", workbook([["Read me", "please", "now"]], [NAMES, *ROWS])),
        ("hidden sheet.xlsx", workbook([NAMES, [1, 1, 1, 1]], [NAMES, *ROWS], hidden=True)),
        ("texts.xlsx", workbook([NAMES, *[[str(cell) for cell in row] for row in ROWS]])),
        ("gaps.xlsx", workbook([NAMES, ROWS[0], [], *ROWS[1:], [], []])),
        ("rows.tsv", CSV_TEXT.replace(",", "\t").encode()),
        ("rows.zip", archive(rows__csv=CSV_TEXT)),
        ("of a mac.zip", archive(rows__tsv=CSV_TEXT.replace(",", "\t"), __MACOSX="", **{"__MACOSX/.__rows__csv": "x"})),
        ("rows.json", json.dumps([dict(zip(NAMES, row, strict=True)) for row in ROWS], indent=2).encode()),
        ("lines.json", "\n".join(json.dumps(dict(zip(NAMES, row, strict=True))) for row in ROWS).encode()),
        ("lines on lines.json", "\n".join(json.dumps(dict(zip(NAMES, row, strict=True))) for row in ROWS).encode() + b"\n\n"),
        ("of pandas.zip", archive(rows=CSV_TEXT)),
        ("of pandas, too.zip", archive(rows=json.dumps([dict(zip(NAMES, row, strict=True)) for row in ROWS]))),
        ("array.zip", archive(rows__json=json.dumps([dict(zip(NAMES, row, strict=True)) for row in ROWS]))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_same_rows_are_read_from_all_of_them(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    found = format_of(name)
    with (tmp_path / name).open("rb") as file:
        assert preflight(file, found).problem is None
    checked = [check_chunk(IRIS, chunk) for chunk in read_chunks(IRIS, tmp_path / name, found, 1_000)]
    assert [one.bad for one in checked] == [{}]
    assert [list(row.values()) for row in checked[0].good.to_pylist()] == ROWS


def test_a_column_of_a_workbook_has_the_type_of_its_cells(tmp_path: Path) -> None:
    moments: list[Any] = [datetime(2026, 3, 1, 12, 30), date(2026, 3, 2), None]  # noqa: DTZ001  # cells have no time zone
    table = read_table(
        tmp_path,
        workbook(
            [["whole", "real", "truth", "when", "mixed", "empty", "text"]],
            [["whole", "real", "truth", "when", "mixed", "empty", "text"],
             [1, 1, True, moments[0], 12.345, None, "007"],
             [2, 1.5, False, moments[1], "n/a", None, " x "],
             [None, 12.345, True, moments[2], True, None, "x"]],
            hidden=True,
        ),
    )  # fmt: skip
    assert table.to_pydict() == {
        "whole": [1, 2, None],
        "real": [1.0, 1.5, 12.345],
        "truth": [True, False, True],
        "when": [datetime(2026, 3, 1, 12, 30), datetime(2026, 3, 2), None],  # noqa: DTZ001  # cells have no time zone
        "mixed": ["12.3450", "n/a", "true"],
        "empty": [None, None, None],
        "text": ["007", " x ", "x"],
    }
    assert table.schema.field("whole").type == pa.int64()


def test_a_column_keeps_one_type_over_all_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.formats.excel.workbook._ROWS_AT_ONCE", 2)
    rows: list[list[Any]] = [[1, 1, None], [2, 2, None], [2.5, "x", None], [3, 4, time(6, 30)], [4, 5.5, "late"]]
    found = read(tmp_path, "a.xlsx", workbook([["a", "b", "c"], *rows]), chunk_rows=2)
    assert [chunk.rows for chunk in found] == [2, 2, 1]
    tables = [chunk.table for chunk in found if isinstance(chunk, TableChunk)]
    assert pa.Table.from_batches(tables).to_pydict() == {
        "a": [1.0, 2.0, 2.5, 3.0, 4.0], "b": ["1", "2", "x", "4", "5.5"], "c": [None, None, None, "06:30:00", "late"],
    }  # fmt: skip


def test_other_sheets_are_told(tmp_path: Path) -> None:
    told: list[str] = []
    read_table(tmp_path, workbook([["a"], [1]], [["b"], [2]]), Columns(list, told=told.append))
    assert told == ["only the sheet 'Sheet1' is read; others hold something, too"]


@pytest.mark.parametrize(
    ("sheets", "is_refused"),
    [
        ([[NAMES, *ROWS], [NAMES, *ROWS]], True),
        ([[NAMES, *ROWS], [["Irises of May"], [*map(str.upper, NAMES)], *ROWS]], True),
        ([[NAMES, *ROWS], [[*NAMES, "remark"], *[[*row, "x"] for row in ROWS]]], True),
        ([[NAMES, *ROWS], [NAMES]], False),
        ([[NAMES, *ROWS], [["species", NAMES[0]], ["setosa", 5.0], ["virginica", 6.0]]], False),
        ([[["Read me"]], [NAMES, *ROWS], [["sums"], [7]]], False),
    ],
)
def test_rows_of_a_further_sheet_are_not_left_out_without_a_word(
    tmp_path: Path, sheets: list[list[list[Any]]], *, is_refused: bool
) -> None:
    known = Columns(list, frozenset(NAMES))
    if is_refused:
        with pytest.raises(FileBrokenError, match="the sheets 'Sheet1' and 'Sheet2' both have such rows"):
            read_table(tmp_path, workbook(*sheets), known)
    else:
        assert read_table(tmp_path, workbook(*sheets), known).num_rows == len(ROWS)


@pytest.mark.parametrize(
    ("lookup", "is_refused"),
    [
        ([["Sepal length [cm]"], [5.0], [6.0]], False),
        ([["sepal_length_cm", "Sepal width [cm]"], [5.0, 3.0], [6.0, 3.1]], False),
        ([[*map(str.upper, NAMES)], *ROWS], True),
    ],
)
def test_a_sheet_with_some_of_the_columns_is_for_looking_up(
    tmp_path: Path, lookup: list[list[Any]], *, is_refused: bool
) -> None:
    """Headings are written as people do, so that few of them stand in the use case as they are."""
    header = [NAMES[0], *(f"{name.removesuffix('_cm').replace('_', ' ')} [cm]" for name in NAMES[1:])]
    content = workbook([header, *ROWS], lookup)
    known = columns_of(IRIS)
    if is_refused:
        with pytest.raises(FileBrokenError, match="both have such rows"):
            read_table(tmp_path, content, known)
    else:
        assert read_table(tmp_path, content, known).num_rows == len(ROWS)


def test_a_workbook_is_training_data(tmp_path: Path) -> None:
    (tmp_path / "cases.xlsx").write_bytes(workbook([["a", "b"], [1, "x"], [2, "y"]]))
    assert read_data(tmp_path / "cases.xlsx").to_pydict() == {"a": [1, 2], "b": ["x", "y"]}


def test_a_sheet_with_a_cell_in_its_last_corner_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    content = workbook([["a", "b"], [1, 2]])
    for place in (b"XFD1048576", b"xfd1048576"):
        spoilt = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(spoilt, "w") as new:
            for member in old.infolist():
                new.writestr(member.filename, old.read(member).replace(b'"B2"', b'"' + place + b'"'))
        with pytest.raises(FileBrokenError, match="a sheet has 1,048,576 rows and 16,384 columns"):
            read(tmp_path, "a.xlsx", spoilt.getvalue())


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.formats.excel.archive.WORKBOOK_BYTES", 40_000)
    with pytest.raises(FileBrokenError, match="the workbook unpacks to more than 512 MB; split it"):
        read(tmp_path, "a.xlsx", workbook([["a"], *[[number] for number in range(2_000)]]))


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.xlsx", b"", "the file is empty"),
        ("a.xlsx", b"a;b\n1;2\n", "the file is no Excel workbook"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1" + bytes(600), "the workbook is encrypted, or of an Excel before 2007"),
        ("a.xlsx", workbook([["a"], [1]])[:-100], "the file ends too early"),
        ("a.xlsx", archive(x__csv="a\n1\n"), "the workbook cannot be read"),
        ("a.xlsx", workbook([]), "there are no rows"),
        ("a.xlsx", workbook([["a", "b"]]), "there are no rows"),
        ("a.zip", b"a,b\n1,2\n", "the file is no ZIP archive"),
        ("a.zip", archive(a__csv="a\n1\n")[:-30], "the file ends too early"),
        ("a.zip", archive(), "the archive holds nothing"),
        ("a.zip", archive(a__csv="a\n1\n", b__csv="a\n1\n"), "the archive holds 'a.csv', 'b.csv'; pack one file"),
        ("a.zip", archive(a__parquet="PAR1"), "the archive holds 'a.parquet'; pack one of .csv, .tsv, "),
        ("a.zip", archive(a__csv=b"a\n\xff\n"), "not UTF-8"),
        ("a.zip", archive(a=b"PAR1\xff\n"), "not UTF-8"),
        ("a.json", b"", "the file is empty"),
        ("a.json", b"[]", "the file is empty"),
        ("a.json", b'[{"a": 1}, {"a": 2}', "the array of JSON has no end"),
        ("a.json", b'[{"a": 1} {"a": 2}]', "a comma is missing after row 1"),
        ("a.json", b'[{"a": 1}, {"a": }]', "row 2 is no JSON"),
        ("a.json", b'[{"a": 1}] [{"a": 2}]', "something follows the array"),
        ("odata.json", b'{"@odata.context": "x", "value": [{"a": 1}, {"a": 2}]}', "one object, whose 'value' holds 2 rows"),
        ("hits.json", b'{"hits": {"total": 2,\n "hits": [{"a": 1}, {"a": 2}]}}', "one object, whose 'hits.hits' holds 2 rows"),
        ("columns.json", b'{"a": [1, 2], "b": [3, 4]}', "the file is one object of 2 lists or objects"),
        ("split.json", b'{"columns": ["a", "b"], "index": [0, 1], "data": [[1, 3], [2, 4]]}', "one object of 3 lists"),
        ("of pandas.json", b'{"a": {"0": 1, "1": 2}, "b": {"0": 3, "1": 4}}', "the file is one object of 2 lists or objects"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # an archive holds the time at which it was made
)  # fmt: skip
def test_what_cannot_be_read_says_what_to_do(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    (tmp_path / name).write_bytes(content)
    checked = check_file(IRIS, tmp_path / name, name, 1_000)
    assert checked.problem is not None
    assert problem in checked.problem


def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "UNPACKED_BYTES", 1024**2)
    with pytest.raises(FileBrokenError, match="the archive unpacks to more than"):
        read(tmp_path, "a.zip", archive(a__csv="a,b\n" + "1,2\n" * 400_000))


def test_an_array_is_read_piece_by_piece_whatever_the_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"a": number, "b": f'"ä,]}}{number}', "c": [number, {"d": None}]} for number in range(300)]
    random = np.random.default_rng(3)
    for size in (1, 7, *random.integers(2, 4_000, 5).tolist()):
        monkeypatch.setattr(json_array, "BLOCK_BYTES", size if size > 1 else 16)
        text = "\ufeff\n " + json.dumps(rows, ensure_ascii=False, indent=int(size) % 3)
        found = read(tmp_path, "a.json", text.encode(), chunk_rows=100)
        assert [(chunk.rows_before, chunk.rows) for chunk in found] == [(0, 100), (100, 100), (200, 100)]
        lines = [line for chunk in found if isinstance(chunk, LinesChunk) for line in chunk.lines]
        assert [json.loads(line) for line in lines] == rows
        assert not any(b"\n" in line for line in lines)


def test_one_object_on_many_lines_is_a_row(tmp_path: Path) -> None:
    row = dict(zip(NAMES, ROWS[0], strict=True))
    (tmp_path / "a.json").write_text(json.dumps(row, indent=2), encoding="utf-8")
    [chunk] = read_chunks(IRIS, tmp_path / "a.json", format_of("a.json"), 100)
    assert check_chunk(IRIS, chunk).good.to_pylist() == [row]


def test_an_object_past_all_rows_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_array, "BLOCK_BYTES", 1_000)
    rows = json.dumps({"value": [dict(zip(NAMES, row, strict=True)) for row in ROWS * 50]})
    with pytest.raises(FileBrokenError, match="write an array of its rows"):
        read(tmp_path, "a.json", rows.encode())


def test_times_of_a_workbook_are_those_of_other_files(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    table = read_table(tmp_path, workbook([["time"], [moment]]))
    assert table.column("time").to_pylist() == [moment.replace(tzinfo=None)]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_data_to_learn_from_may_be_saved_in_the_encoding_of_an_office(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "Kunden.csv"
    file.write_bytes("Kunde;Beitrag (€);Gekündigt\nJörg;34,50;ja\nZoë;12,00;nein\n".encode(encoding))
    table = read_data(file)
    assert table.schema.names == ["Kunde", "Beitrag (€)", "Gekündigt"]
    assert table.column("Kunde").to_pylist() == ["Jörg", "Zoë"]
    assert list(check_file(IRIS, file, file.name, 10).columns) == table.schema.names
