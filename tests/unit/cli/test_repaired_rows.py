"""Rows that a person repaired in an office, as `smartpredict quarantine replay --file` reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli.errors import UserError
from cli.rows.repaired_rows import read_repaired
from usecases.checking.table_check import check_table
from usecases.columns.number_texts import cell_text
from usecases.contract.spec import UseCase

BATCH = UUID(int=7)
KILN = UseCase.model_validate(
    {
        "name": "kiln",
        "title": "Kiln",
        "task": "binary",
        "target": "cracked",
        "classes": ["no", "yes"],
        "key": "tile",
        "features": [
            {"name": "heat_k", "type": "float", "source_name": "Heat [K]", "nullable": True},
            {"name": "width", "type": "float", "decimal_comma": True, "nullable": True},
            {"name": "fired_at", "type": "timestamp", "nullable": True},
        ],
        "training": {"data": "x.csv"},
    }
)
FIRED = datetime(2026, 3, 1, 12, 30, 45, tzinfo=UTC)


def read(path: Path) -> dict[int, dict[str, object]]:
    return read_repaired(KILN, BATCH, path)


def sent(repaired: dict[int, dict[str, object]]) -> list[dict[str, object]]:
    """Return the rows as a replay has them checked: all cells are texts there."""
    columns = {
        name: pa.array([cell_text(row.get(name)) for row in repaired.values()], pa.string()) for name in KILN.columns
    }
    checked = check_table(KILN, pa.RecordBatch.from_pydict(columns))
    assert not checked.bad
    rows: list[dict[str, object]] = checked.good.to_pylist()
    return rows


def test_times_and_numbers_of_a_file_with_types_keep_their_values(tmp_path: Path) -> None:
    columns = {"row_number": [4], "tile": ["007"], "heat_k": [900.5], "width": [12.345], "fired_at": [FIRED]}
    pq.write_table(pa.table(columns), tmp_path / "repaired.parquet")
    row = {"tile": "007", "heat_k": 900.5, "width": 12.345, "fired_at": FIRED}
    assert sent(read(tmp_path / "repaired.parquet")) == [row]


def test_a_file_of_a_german_office_is_read_by_the_names_it_has(tmp_path: Path) -> None:
    text = "row_number;TILE;Heat [K];Width;fired_at\r\n4;Fräse;900,5;12,345;01.03.2026 12:30:45\r\n"
    (tmp_path / "repariert.csv").write_bytes(text.encode("cp1252"))
    row = {"tile": "Fräse", "heat_k": 900.5, "width": 12.345, "fired_at": FIRED}
    assert sent(read(tmp_path / "repariert.csv")) == [row]


def test_a_row_that_is_still_bad_is_sent_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("tile,heat_k,row_number\nT1,hot,4\nT2,900,5\n")
    assert [row["heat_k"] for row in read(tmp_path / "a.csv").values()] == ["hot", 900.0]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("row_number,tile,heating\n4,T1,900\n", "unknown column 'heating'"),
        ("tile,heat_k\nT1,900\n", "no column row_number"),
        ("row_number,tile,heat_k\nfour,T1,900\n", "row 1 has no row_number"),
        ("row_number,tile,heat_k\n4,T1,900\n4,T2,901\n", "row_number 4 stands there several times"),
        (f"row_number,tile,batch_id\n4,T1,{UUID(int=8)}\n", "row 1 is of another batch"),
    ],
)
def test_what_cannot_be_told_is_refused(lines: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(lines)
    with pytest.raises(UserError, match=says):
        read(tmp_path / "a.csv")


def test_what_a_spreadsheet_wrote_otherwise_is_as_it_came(tmp_path: Path) -> None:
    came = {"tile": "007", "heat_k": "900.12345678901234", "width": "hot", "fired_at": "2026-03-01 12:30:45"}
    text = "row_number;tile;heat_k;width;fired_at\r\n4;7;900,123456789;1,5;01.03.2026 12:30\r\n5;7;901;1,5;01.03.2026 12:31\r\n"
    (tmp_path / "a.csv").write_text(text)
    first, second = sent(read_repaired(KILN, BATCH, tmp_path / "a.csv", {4: came, 5: came}))
    assert first == {"tile": "007", "heat_k": 900.12345678901234, "width": 1.5, "fired_at": FIRED}
    changed = {"tile": "007", "heat_k": 901.0, "width": 1.5, "fired_at": datetime(2026, 3, 1, 12, 31, tzinfo=UTC)}
    assert second == changed


@pytest.mark.parametrize(
    ("came", "written", "is_kept"),
    [
        ("1234567890123.45", "1.23457E+12", True),
        (1234567890123.45, "1.23457E+12", True),
        ("0.00123456789012", "0.001234568", True),
        ("0.0000123456789", "1.23457E-05", True),
        ("1234567890123.45", "1.3E+12", False),
        ("0.00123456789012", "0.0013", False),
        ("9" * 400, "1.5", False),
        ("Infinity", "1.5", False),
    ],
)
def test_digits_that_a_spreadsheet_lost_are_as_they_came(
    came: str | float,
    written: str,
    is_kept: bool,  # noqa: FBT001  # pytest passes it by name
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_text(f"row_number,tile,heat_k\n4,a,{written}\n")
    [row] = sent(read_repaired(KILN, BATCH, tmp_path / "a.csv", {4: {"tile": "a", "heat_k": came}}))
    assert row["heat_k"] == float(came if is_kept else written)
