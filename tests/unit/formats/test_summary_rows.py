"""Rows about other rows: totals and units are left out of what is learned from, and told; rows of data never are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

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
    "lines",
    [
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
