"""Rows about other rows: totals and units are left out of what is learned from, and told; rows of data never are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xlsxwriter

from usecases.formats.data_files import read_data

RNG = np.random.default_rng(4)
ROWS = [f"A{row},{RNG.integers(1, 90)},{RNG.gamma(3, 40):.2f},{RNG.choice(['n', 's'])}" for row in range(120)]
HEADER = "order,count,price,region"
COUNTS = sum(int(row.split(",")[1]) for row in ROWS)
PRICES = sum(float(row.split(",")[2]) for row in ROWS)


def read(folder: Path, *lines: str) -> tuple[int, list[str]]:
    path = folder / "orders.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told: list[str] = []
    return read_data(path, told.append).num_rows, told


@pytest.mark.parametrize(
    "total",
    [
        f"Total,{COUNTS},{PRICES:.2f},",
        f"Grand total:,{COUNTS},,",
        "SUMME 2025,9,9,",
        f",{COUNTS},{PRICES:.2f},",
        "Average,45,120.5,",
    ],
)
def test_a_total_at_the_end_is_left_out_and_told(total: str, tmp_path: Path) -> None:
    rows, told = read(tmp_path, HEADER, *ROWS, total)
    assert rows == len(ROWS)
    [text] = told
    assert text.startswith("1 row is a total of others")


def test_totals_between_the_rows_are_left_out(tmp_path: Path) -> None:
    lines = [
        line for number, row in enumerate(ROWS) for line in ([row, "Subtotal,7,9.5,"] if number % 40 == 39 else [row])
    ]
    rows, told = read(tmp_path, HEADER, *lines)
    assert (rows, len(told)) == (len(ROWS), 1)
    assert told[0].startswith("3 rows are totals of others ('Subtotal 7 9.5')")


def test_units_below_the_names_are_left_out(tmp_path: Path) -> None:
    rows, told = read(tmp_path, HEADER, ",pieces,EUR,", *ROWS)
    assert (rows, told) == (len(ROWS), ["the first row holds units and no values ('pieces EUR')"])


@pytest.mark.parametrize(
    ("below", "shown"),
    [
        (["-----,-----,-----,------"], "the first row holds units and no values ('----- ----- ----- ------')"),
        (
            [",pieces,EUR,", "Smp,Avg,Avg,Smp"],
            "the first 2 rows hold units or explanations and no values ('pieces EUR')",
        ),
        (
            ["Which?,How many?,How much?,Where?", *['"{""ImportId"":""Q1""}"' + ',"{""ImportId"":""Q2""}"' * 3]],
            "the first 2 rows hold units or explanations and no values ('Which? How many? How much? Where?')",
        ),
    ],
    ids=["a line", "a logger", "a survey"],
)
def test_rows_below_the_names_that_explain_them_are_left_out(below: list[str], shown: str, tmp_path: Path) -> None:
    assert read(tmp_path, HEADER, *below, *ROWS) == (len(ROWS), [shown])


def test_a_file_of_a_logger_is_read_below_its_own_header(tmp_path: Path) -> None:
    first = '"TOA5","CR1000","CR1000","1234","CR1000.Std.27","CPU:a.CR1","1","Table"'
    rows, told = read(tmp_path, first, HEADER, ",pieces,EUR,", ",Avg,Avg,Smp", *ROWS)
    assert rows == len(ROWS)
    assert told[0].startswith("line 1 holds no names of columns ('TOA5")
    assert told[1].startswith("the first 2 rows hold units or explanations")


@pytest.mark.parametrize("again", [HEADER, "\ufeff" + HEADER, ", ".join(HEADER.split(","))])
def test_names_that_stand_there_again_are_left_out_as_of_files_put_together(again: str, tmp_path: Path) -> None:
    assert read(tmp_path, HEADER, *ROWS[:50], again, *ROWS[50:]) == (
        len(ROWS),
        ["1 row repeats the names of the columns"],
    )
    assert read(tmp_path, HEADER, *ROWS[:9], again, *ROWS[9:50], again, *ROWS[50:]) == (
        len(ROWS),
        ["2 rows repeat the names of the columns"],
    )


def test_remarks_at_the_end_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER, *ROWS, "Source: register of orders,,,") == (
        len(ROWS),
        ["1 row at the end is a remark ('Source: register of orders')"],
    )
    rows, told = read(tmp_path, HEADER, *ROWS, ",,,", "* preliminary,,,", '"Source: register, 2026",,,')
    assert (rows, told) == (len(ROWS), ["3 rows at the end are remarks ('Source: register, 2026')"])


def test_rows_about_others_are_left_out_of_a_workbook_and_its_numbers_are_numbers_again(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        lines = [HEADER, ",pieces,EUR,", *ROWS]
        cells: list[list[str | float | None]] = [[_number(cell) for cell in line.split(",")] for line in lines]
        cells += [["Total", COUNTS, PRICES, None], ["Source: register", None, None, None]]
        for place, row in enumerate(cells):
            sheet.write_row(place, 0, row)
    told: list[str] = []
    table = read_data(path, told.append)
    assert [str(kind) for kind in table.schema.types] == ["string", "int64", "double", "string"]
    assert table.num_rows == len(ROWS)
    assert [text.partition(" (")[0] for text in told] == [
        "the first row holds units and no values",
        "1 row at the end is a remark",
        "1 row is a total of others",
    ]


def _number(cell: str) -> str | float:
    return float(cell) if cell.replace(".", "").isdigit() else cell


@pytest.mark.parametrize(
    "lines",
    [
        [*ROWS, "A999,,,"],
        [*ROWS, ",7,,"],
        [*ROWS, "Total,5,9.50,s"],
        [*ROWS, f"A999,{COUNTS + 1},{PRICES:.2f},"],
        [*ROWS, "A999,,9.5,s"],
        [*(row.rpartition(",")[0] + "," for row in ROWS[:9]), *ROWS, "Total,5,9.50,"],
        ["A0,NA,NA,n", *ROWS],
        ["A0,none,12.5,n", *ROWS],
        ["A0,unknown,unknown,n", *ROWS, "A999,unknown,unknown,s"],
        [row.replace("A", "Total ", 1) for row in ROWS[:60]] + [row.rpartition(",")[0] + "," for row in ROWS[60:]],
    ],
    ids=[
        "a key alone",
        "a number alone",
        "a full row",
        "no sum",
        "a gap alone",
        "gaps elsewhere",
        "missing",
        "one word",
        "words again",
        "a name of many",
    ],
)
def test_a_row_of_data_stays(lines: list[str], tmp_path: Path) -> None:
    rows, told = read(tmp_path, HEADER, *lines)
    assert (rows, told) == (len(lines), [])


def test_sums_are_read_with_decimal_commas_too(tmp_path: Path) -> None:
    rows = [row.replace(",", ";").replace(".", ",") for row in ROWS]
    total = f";{COUNTS};{PRICES:.2f};".replace(".", ",")
    assert read(tmp_path, HEADER.replace(",", ";"), *rows, total)[0] == len(ROWS)
