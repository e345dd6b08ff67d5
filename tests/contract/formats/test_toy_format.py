"""A new format is one file and one line: then it is read wherever rows are read from files, and documented."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from cli.main import build_app
from cli.rows.repaired_rows import read_repaired
from gateway_api.wire.file_names import safe_file_name
from tests.support.usecases.toy_format import TOY, add_toy_format, toy_file
from training.data import load_training_data
from usecases.checking.row_model import example_row
from usecases.contract.catalog import load_catalog
from usecases.formats.reading import column_names, format_of, formats_table, looks_readable

EQUIPMENT = load_catalog()["equipment_failure"]
ROW = example_row(EQUIPMENT)


@pytest.fixture(autouse=True)
def _added(monkeypatch: pytest.MonkeyPatch) -> None:
    add_toy_format(monkeypatch)


def known_cases(rows: int = 400) -> list[dict[str, Any]]:
    return [
        {"Tile": f"t-{row}", "Heat [K]": 900 + row % 300, "glaze": ("matt", "clear", "")[row % 3], "cracked": ["no", "yes"][row % 2]}
        for row in range(rows)
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["cases.toy", "cases.toy.gz"])
def test_a_use_case_is_made_of_it_and_trained_with_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTPREDICT_USECASES", str(tmp_path / "usecases"))
    content = toy_file(known_cases())
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    made = CliRunner().invoke(
        build_app(), ["init", str(tmp_path / name), "--target", "cracked", "--name", "tiles", "--key", "Tile"]
    )
    assert made.exit_code == 0, made.output
    use_case = load_catalog(tmp_path / "usecases")["tiles"]
    assert use_case.training.data == f"training.{name.partition('.')[2]}"
    assert {feature.name: (feature.type, feature.nullable) for feature in use_case.features} == {
        "heat_k": ("integer", False), "glaze": ("category", True),
    }  # fmt: skip
    data = load_training_data(use_case, tmp_path / "usecases" / "tiles")
    assert (data.rows.num_rows, data.bad_rows) == (400, 0)


def test_it_may_be_uploaded() -> None:
    assert safe_file_name("rows of today.toy") == "rows of today.toy"
    assert safe_file_name("rows.TOY.gz") == "rows.TOY.gz"
    assert format_of("rows.toy") is TOY


def test_it_waits_for_a_schedule(tmp_path: Path) -> None:
    (tmp_path / "rows.toy").write_bytes(toy_file([ROW]))
    assert looks_readable(EQUIPMENT, tmp_path / "rows.toy")
    assert column_names(tmp_path / "rows.toy", TOY) == list(ROW)


def test_repaired_rows_may_be_written_in_it(tmp_path: Path) -> None:
    (tmp_path / "repaired.toy").write_bytes(
        toy_file([ROW | {"row_number": 7}, ROW | {"row_number": 9, "torque_nm": 999}])
    )
    repaired = read_repaired(EQUIPMENT, UUID(int=1), tmp_path / "repaired.toy")
    assert {number: row["torque_nm"] for number, row in repaired.items()} == {7: ROW["torque_nm"], 9: "999"}


def test_the_documentation_lists_it() -> None:
    assert "| Toy | `.toy`, `.toy.gz` | a row a line, as the query of an address |" in formats_table()
