"""No quotation mark swallows a row: each line is read, or told with its number."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usecases.formats.chunks import FileBrokenError, TableChunk
from usecases.formats.csv_lines import Dialect, part_rows
from usecases.formats.data_files import read_data
from usecases.formats.format import Columns
from usecases.formats.reading import format_of, opener, read_tables

HEADER = "parcel,grams,depot,remark\n"


def rows_of(
    folder: Path, text: str | bytes, chunk_rows: int = 1_000
) -> tuple[list[dict[str, Any]], dict[int, str], int]:
    """Read a file; return its rows, what is wrong with others by their number, and how many there are."""
    path = folder / "parcels.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    chunks = [
        chunk
        for chunk in format_of(path.name).read(opener(path), Columns(list), chunk_rows)
        if isinstance(chunk, TableChunk)
    ]
    good = [row for chunk in chunks for row in chunk.table.to_pylist()]
    wrong = {row.row_number: row.problem for chunk in chunks for row in chunk.malformed}
    numbers = [number for chunk in chunks for number in chunk.numbers.tolist()]
    assert sorted([*numbers, *wrong]) == list(range(1, sum(chunk.rows for chunk in chunks) + 1))
    return good, wrong, sum(chunk.rows for chunk in chunks)


def lines(*remarks: str) -> str:
    return HEADER + "".join(f"P{number},{number}0,north,{remark}\n" for number, remark in enumerate(remarks, start=1))


@pytest.mark.parametrize("remarks", [["", '"never closed', "", ""], ["", "", "", '"never closed']])
def test_a_mark_never_closed_costs_its_own_line(tmp_path: Path, remarks: list[str]) -> None:
    good, wrong, rows = rows_of(tmp_path, lines(*remarks))
    at = next(place for place, remark in enumerate(remarks, start=1) if remark)
    assert rows == 4
    assert [row["parcel"] for row in good] == [f"P{number}" for number in range(1, 5) if number != at]
    assert wrong == {at: f"line {at + 1}: a quotation mark opens a cell and does not close it as it should"}


def test_two_marks_never_closed_cost_their_own_lines(tmp_path: Path) -> None:
    good, wrong, rows = rows_of(tmp_path, lines("", '"left', "", "", '"right', ""))
    assert (rows, len(good), sorted(wrong)) == (6, 4, [2, 5])


def test_what_can_be_read_in_two_ways_is_not_read(tmp_path: Path) -> None:
    good, wrong, rows = rows_of(tmp_path, lines("", '"12 inch', "", "", '14 inch"', ""))
    assert (rows, [row["parcel"] for row in good]) == (6, ["P1", "P6"])
    assert {*wrong.values()} == {
        "lines 3 to 6: a quotation mark opened in the first is closed in the last, but they look like rows of their own"
    }


def test_marks_of_different_columns_leave_no_line_between_them_to_guess(tmp_path: Path) -> None:
    good, wrong, rows = rows_of(tmp_path, HEADER + 'P1,10,"north,a\nP2,20,south,b\nP3,30",west,c\nP4,40,east,d\n')
    assert (rows, [row["parcel"] for row in good], sorted(wrong)) == (4, ["P4"], [1, 2, 3])
    assert "lines 2 to 4: a quotation mark" in wrong[1]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('"two\nlines"', "two\nlines"),
        ('"Dear all,\r\n\r\nthanks, and bye"', "Dear all,\r\n\r\nthanks, and bye"),
        ('"says ""no""\n""never"""', 'says "no"\n"never"'),
        ('5" pipe', '5" pipe'),
        ('5" x 3"', '5" x 3"'),
        ('""', ""),
        ('"a;b,c"', "a;b,c"),
        ('"closed"  ', "closed  "),
    ],
)
def test_what_marks_are_made_for_is_read(tmp_path: Path, cell: str, value: str) -> None:
    good, wrong, rows = rows_of(tmp_path, lines("before", cell, "after"))
    assert (rows, wrong) == (3, {})
    assert [row["remark"] for row in good] == ["before", value, "after"]


def test_a_line_that_looks_like_a_row_but_for_its_numbers_is_text(tmp_path: Path) -> None:
    text = 'number,remark\n1,fine\n2,"thanks\nwell, bye"\n3,fine\n'
    good, wrong, _ = rows_of(tmp_path, text)
    assert wrong == {}
    assert good[1] == {"number": "2", "remark": "thanks\nwell, bye"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", range(64, 96))
def test_line_ends_within_cells_keep_their_bytes_wherever_a_block_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, end: str
) -> None:
    monkeypatch.setattr("usecases.formats.chunks.BLOCK_BYTES", size)
    text = "a,b" + end + "".join(f'{number},"x{end}y{number}"{end}{end}' for number in range(20))
    good, wrong, rows = rows_of(tmp_path, text, chunk_rows=7)
    assert (rows, wrong) == (20, {})
    assert [row["b"] for row in good] == [f"x{end}y{number}" for number in range(20)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_cells_are_counted_alike_whatever_ends_a_line(tmp_path: Path, end: str) -> None:
    text = f'a,b,c{end}1,"x{end}y","1,2"{end}2,"x{end}y","3"{end}3,"x{end}y",4,5{end}'
    good, wrong, rows = rows_of(tmp_path, text)
    assert (rows, [row["c"] for row in good]) == (4, ["1,2", "3"])
    assert {*wrong.values()} == {
        "lines 6 to 7: a quotation mark opened in the first is closed in the last, but they look like rows of their own"
    }


def test_a_row_of_several_lines_may_have_too_many_cells_like_any_other(tmp_path: Path) -> None:
    good, wrong, rows = rows_of(tmp_path, HEADER + 'P1,1,"x\ny",a,b\nP2,2,"x\ny",a\n')
    assert (rows, [row["parcel"] for row in good]) == (2, ["P2"])
    assert wrong == {1: "line 2 has 5 cells instead of 4"}


@pytest.mark.parametrize("size", [64, 100, 1_000, 4_096])
def test_strays_are_found_wherever_a_block_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    for module in ("chunks", "csv_lines"):
        monkeypatch.setattr(f"usecases.formats.{module}.BLOCK_BYTES", size)
    remarks = ['"open' if number % 7 == 0 else '"well\nsaid"' if number % 5 == 0 else "plain" for number in range(200)]
    good, wrong, rows = rows_of(tmp_path, lines(*remarks), chunk_rows=30)
    assert rows == 200
    assert sorted(wrong) == [number + 1 for number in range(0, 200, 7)]
    assert {row["parcel"] for row in good} == {f"P{number + 1}" for number in range(200) if number % 7}


def test_a_line_is_told_by_its_number_behind_empty_lines_and_cells_of_several(tmp_path: Path) -> None:
    text = "\n" + HEADER + '\nP1,10,north,"a\nb"\n\nP2,20\n\nP3,30,north,"c\n'
    _, wrong, _ = rows_of(tmp_path, text)
    assert wrong == {
        2: "line 7 has 2 cells instead of 4",
        3: "line 9: a quotation mark opens a cell and does not close it as it should",
    }


CELLS = st.text(st.sampled_from('ab1 ,;"\n\r'), max_size=6)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_what_a_program_writes_is_read_or_told(table: list[list[str]], end: str) -> None:
    sink = io.StringIO()
    csv.writer(sink, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(table)
    block = part_rows(sink.getvalue().encode(), Dialect(",", 3), 0, is_last=True)
    assert block.rest == b""
    if not block.wrong:
        assert list(csv.reader(io.StringIO(block.kept.decode(), newline=""))) == table
        assert len(block.row_lines) == len(table)


@given(st.lists(st.text(st.sampled_from('a1,"'), max_size=8), min_size=1, max_size=12))
def test_no_line_is_lost(texts: list[str]) -> None:
    data = "".join(f"{text}\n" for text in texts).encode()
    block = part_rows(data + b'"x"\n', Dialect(",", 2), 0, is_last=True)
    in_wrong = sum(len(wrong.text) + 1 for wrong in block.wrong)
    assert len(block.kept) + in_wrong == len(data) + 4
    assert all(
        data.split(b"\n")[wrong.line : wrong.line + 1] in ([wrong.text.encode()], [b""]) for wrong in block.wrong
    )


def test_many_strays_take_no_longer_than_their_lines(tmp_path: Path) -> None:
    generator = random.Random(4)  # noqa: S311  # no secret
    pieces = ('"', '""', '"""', '","', "a", ",")
    text = "a,b\n" + "".join("".join(generator.choices(pieces, k=6)) + "\n" for _ in range(60_000))
    good, wrong, rows = rows_of(tmp_path, text, chunk_rows=100_000)
    assert len(good) + len(wrong) == rows


def test_training_leaves_out_a_line_and_repairs_refuse_it(tmp_path: Path) -> None:
    path = tmp_path / "parcels.csv"
    path.write_text(lines(*["fine"] * 60, '"open', "fine"))
    told: list[str] = []
    assert read_data(path, told.append).num_rows == 61
    assert told == ["line 62: a quotation mark opens a cell and does not close it as it should"]
    with pytest.raises(FileBrokenError, match="line 62: a quotation mark"):
        list(read_tables(format_of(path.name), opener(path), Columns(list), 100))
