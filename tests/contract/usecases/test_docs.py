"""The example in the documentation is a use case that works."""

from __future__ import annotations

from pathlib import Path

from usecases.checking.row_model import example_row, row_model
from usecases.contract.catalog import read_use_case
from usecases.contract.spec import RESERVED_COLUMNS

DOCUMENT = Path(__file__).parents[3] / "docs" / "use-cases.md"


def test_the_documented_example_can_be_used(tmp_path: Path) -> None:
    example = DOCUMENT.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    (tmp_path / "kiln").mkdir()
    (tmp_path / "kiln" / "usecase.yaml").write_text(example, encoding="utf-8")
    use_case = read_use_case(tmp_path / "kiln" / "usecase.yaml")
    row_model(use_case).model_validate_json(row_model(use_case).model_validate(example_row(use_case)).model_dump_json())


def test_the_reserved_names_are_all_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [name for name in sorted(RESERVED_COLUMNS) if f"`{name}`" not in text] == []
