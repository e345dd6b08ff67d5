"""The schema that editors read is that of the code, and what is bundled fits it."""

from __future__ import annotations

from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest
import yaml

from usecases.contract.catalog import BUNDLED
from usecases.contract.json_schema import SCHEMA_FILE, render_schema


def complaints(declared: Any) -> list[str]:
    schema = yaml.safe_load(render_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(declared)]


def test_the_committed_schema_is_up_to_date() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == render_schema(), "run `make snapshots`"


@pytest.mark.parametrize("path", sorted(BUNDLED.glob("*/usecase.yaml")), ids=lambda path: path.parent.name)
def test_a_bundled_use_case_fits_and_tells_its_editor_where_the_schema_is(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    assert complaints(yaml.safe_load(text)) == []
    first_line = text.partition("\n")[0]
    assert first_line == "# yaml-language-server: $schema=../usecase.schema.json"
    assert (path.parent / "../usecase.schema.json").resolve() == SCHEMA_FILE


def test_a_typo_is_underlined() -> None:
    declared = yaml.safe_load((BUNDLED / "iris" / "usecase.yaml").read_text(encoding="utf-8"))
    assert complaints(declared | {"titel": "Iris"}) == [
        "Additional properties are not allowed ('titel' was unexpected)"
    ]
