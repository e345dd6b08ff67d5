"""Workbooks as people build them: covers and titles, merged cells, formulas that nobody calculated, places beyond a sheet."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from tests.support.ingestion.readings import reading
from tests.support.session.figures import show
from usecases.formats.chunks import FileBrokenError
from usecases.formats.data_files import read_data
from usecases.proposal.findings import not_read

NAMES = ["speed", "line", "ok"]
MOST_MEGABYTES = 150
"""What 100,000 rows of seven columns may take while they are checked."""

ROWS: list[list[Any]] = [[7.5 + row, f"L{row % 3}", row % 2 == 0] for row in range(9)]


class Book:
    """A workbook that is being written."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._buffer)

    def sheet(self, *rows: list[Any]) -> Worksheet:
        """Write a sheet of cells."""
        sheet = self._book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        return sheet

    def read(self, folder: Path, texts: str = "", **replaced: str) -> pa.RecordBatch:
        """Read the workbook as training data, after places of cells and the number of its texts are replaced."""
        self._book.close()
        with zipfile.ZipFile(self._buffer) as made, zipfile.ZipFile(folder / "rows.xlsx", "w") as changed:
            for name in made.namelist():
                text = made.read(name)
                for old, new in replaced.items():
                    text = text.replace(f'r="{old}"'.encode(), f'r="{new}"'.encode())
                if texts:
                    text = re.sub(rb'uniqueCount="[0-9]+"', f'uniqueCount="{texts}"'.encode(), text)
                changed.writestr(name, text)
        return read_data(folder / "rows.xlsx")


def test_a_table_behind_a_cover_is_read(tmp_path: Path) -> None:
    book = Book()
    book.sheet(["Report of March"], [], ["made by", "Ann"])
    book.sheet(NAMES, *ROWS)
    assert book.read(tmp_path).num_rows == len(ROWS)


@pytest.mark.parametrize("title", [[["Report"], ["as of", "31.03.2026"], []], [["Report", "March"]]])
def test_names_below_lines_of_a_title_are_found(title: list[list[str]], tmp_path: Path) -> None:
    book = Book()
    book.sheet(*title, NAMES, *ROWS)
    assert book.read(tmp_path).schema.names == NAMES


def test_names_that_lack_one_above_an_index_are_found(tmp_path: Path) -> None:
    book = Book()
    book.sheet(["", *NAMES], *[[number, *row] for number, row in enumerate(ROWS)])
    assert book.read(tmp_path).schema.names == NAMES


def test_cells_merged_below_each_other_have_one_value_in_all_of_their_rows(tmp_path: Path) -> None:
    book = Book()
    sheet = book.sheet(NAMES, *[[speed, None, ok] for speed, _, ok in ROWS])
    for first in range(1, len(ROWS), 3):
        sheet.merge_range(first, 1, first + 2, 1, f"L{first}")
    assert book.read(tmp_path).column("line").to_pylist() == ["L1"] * 3 + ["L4"] * 3 + ["L7"] * 3


def test_rows_that_a_filter_hides_are_read_and_told_of(tmp_path: Path) -> None:
    book = Book()
    sheet = book.sheet(["Report of March"], [], NAMES, *ROWS)
    for row in (1, 4, 6):
        sheet.set_row(row, None, None, {"hidden": True})
    table = book.read(tmp_path)
    assert table.num_rows == len(ROWS)
    told: list[str] = []
    read_data(tmp_path / "rows.xlsx", told.append)
    [found] = not_read(told)
    assert (found.kind, found.text) == ("hidden", "2 rows of the sheet are hidden, such as row 5, as a filter does")
    assert found.done.startswith("read as the others are")


def test_a_column_of_formulas_without_values_is_refused_with_what_to_do(tmp_path: Path) -> None:
    book = Book()
    sheet = book.sheet([*NAMES, "doubled"], *ROWS)
    for row in range(1, len(ROWS) + 1):
        sheet.write_formula(row, 3, f"=A{row + 1}*2", value="")
    with pytest.raises(FileBrokenError, match=r"'doubled' holds formulas without their values.*save it"):
        book.read(tmp_path)


@pytest.mark.parametrize("shown", [0, 5])
def test_a_column_of_which_some_formulas_have_no_values_is_refused(shown: int, tmp_path: Path) -> None:
    book = Book()
    book.sheet(["x", "y", "z", "other"], [1, 2, 3, 4])
    sheet = book.sheet([*NAMES, "doubled"], *ROWS)
    for row in range(1, len(ROWS) + 1):
        sheet.write_formula(row, 3, f"=A{row + 1}*2", value=str(row) if row <= shown else "")
    with pytest.raises(FileBrokenError, match="'doubled' holds formulas without their values"):
        book.read(tmp_path)


def test_formulas_without_values_below_the_rows_or_on_another_sheet_refuse_nothing(tmp_path: Path) -> None:
    book = Book()
    rows = [[row / 2, f"L{row % 3}", row % 2 == 0] for row in range(60)]
    sheet = book.sheet(NAMES, *rows)
    sheet.write_formula(61, 0, "=SUM(A2:A61)", value="")
    sheet.write(61, 1, "L1")
    other = book.sheet(["x", "y"], [1, 2], [3, 4])
    for row in range(3, 50):
        other.write_formula(row, 0, "=A2*2", value="")
    read = book.read(tmp_path)
    assert (read.num_rows, read.column("speed").null_count) == (61, 1)


@pytest.mark.parametrize("place", ["B00000020000", "AAAB2"])
def test_a_place_beyond_every_sheet_counts_however_it_is_written(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("usecases.formats.excel.archive.WORKBOOK_CELLS", 10_000)
    book = Book()
    book.sheet(NAMES, *ROWS)
    with pytest.raises(FileBrokenError, match="with cells in the last ones"):
        book.read(tmp_path, B2=place)


def test_a_number_of_texts_that_no_file_holds_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    book = Book()
    book.sheet(NAMES, *ROWS)
    with pytest.raises(FileBrokenError, match="says it has more texts than it holds"):
        book.read(tmp_path, texts="100000")


CHECK_ALL = """
import re
import sys
from pathlib import Path

from usecases.checking.chunk_check import check_chunk
from usecases.contract.catalog import load_catalog
from usecases.mappings.reading import read_mapped

use_case = load_catalog()["equipment_failure"]
for path in map(Path, sys.argv[1:]):
    chunks = read_mapped(use_case, path, path.name, 10_000, [])
    good = sum(len(check_chunk(use_case, chunk).good) for chunk in chunks)
    print(good, int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""
"""Reads and checks all rows of files one after another, and prints how many are good and the most MB held so far."""


def test_a_hundred_thousand_rows_are_checked_in_bounded_memory(tmp_path: Path) -> None:
    names, row = [*reading()], [*reading().values()]
    for name, count in (("small.xlsx", 10), ("large.xlsx", 100_000)):
        with xlsxwriter.Workbook(tmp_path / name, {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, names)
            for number in range(1, count + 1):
                sheet.write_row(number, 0, [f"M-{number}", *row[1:]])
    command = [sys.executable, "-c", CHECK_ALL, str(tmp_path / "small.xlsx"), str(tmp_path / "large.xlsx")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # the script above
    (small, before), (large, most) = (map(int, line.split()) for line in done.stdout.splitlines())
    show(f"a workbook of 100,000 rows is checked with {most - before} MB more than one of ten")
    assert (small, large) == (10, 100_000)
    assert most - before < MOST_MEGABYTES
