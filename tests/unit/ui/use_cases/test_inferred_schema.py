"""An inferred schema goes through the table and back; an edit changes what it names and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from ui.use_cases.schema_table import edited_use_case, field_title, schema_table

USE_CASE: dict[str, Any] = {
    "name": "churn",
    "task": "binary",
    "ignored_columns": ["notes"],
    "features": [
        {"name": "age", "type": "integer", "source_name": "Age (years)", "unit": "years", "minimum": 0,
         "maximum": 2**63 - 1, "example": 44},
        {"name": "charge", "type": "float", "minimum": 0.5, "nullable": True, "decimal_comma": True, "example": 1.5},
        {"name": "contract", "type": "category", "values": ["month", "year"], "example": "year"},
        {"name": "signed", "type": "timestamp", "title": "Signed up", "time_zone": None},
    ],
}  # fmt: skip


def test_an_untouched_table_changes_nothing() -> None:
    assert edited_use_case(USE_CASE, schema_table(USE_CASE)) == USE_CASE


def test_a_column_that_is_not_kept_is_ignored_by_the_name_it_has_in_the_file() -> None:
    table = schema_table(USE_CASE)
    table.loc[[0, 3], "keep"] = False
    edited = edited_use_case(USE_CASE, table)
    assert [feature["name"] for feature in edited["features"]] == ["charge", "contract"]
    assert edited["ignored_columns"] == ["notes", "Age (years)", "signed"]


def test_edits_are_taken_over() -> None:
    table = schema_table(USE_CASE)
    table["title"] = ["Age today", "", "", "Signed up"]
    table["unit"] = [None, "", "", ""]
    table["name"] = ["age", "fee", "contract", "signed"]
    table["type"] = ["integer", "integer", "category", "timestamp"]
    table["maximum"] = [120.0, 90.0, None, None]
    table["nullable"] = False
    table["values"] = [[], [], ["month", "week"], []]
    age, fee, contract, _ = edited_use_case(USE_CASE, table)["features"]
    assert age == {"name": "age", "type": "integer", "source_name": "Age (years)", "title": "Age today", "minimum": 0,
                   "maximum": 120, "example": 44}  # fmt: skip
    assert fee == {"name": "fee", "type": "integer", "source_name": "charge", "minimum": 0.5, "maximum": 90}
    assert contract == {"name": "contract", "type": "category", "values": ["month", "week"]}


def test_how_the_data_write_a_column_goes_with_its_name_and_its_type() -> None:
    written = {"age": "decimal_comma", "charge": "decimal_comma", "signed": "day_first"}
    use_case = USE_CASE | {"training": {"data": "churn.csv", "notations": written}}
    table = schema_table(use_case)
    assert edited_use_case(use_case, table) == use_case
    table["name"] = ["years", "charge", "contract", "signed_up"]
    table["type"] = ["float", "category", "category", "timestamp"]
    edited = edited_use_case(use_case, table)
    assert edited["training"]["notations"] == {"years": "decimal_comma", "signed_up": "day_first"}
    table.loc[[0, 3], "keep"] = False
    assert edited_use_case(use_case, table)["training"] == {"data": "churn.csv", "notations": {}}


def test_limits_and_values_go_with_their_type() -> None:
    table = schema_table(USE_CASE)
    table.loc[[0, 2, 3], "type"] = "boolean"
    age, _, contract, signed = edited_use_case(USE_CASE, table)["features"]
    assert age == {"name": "age", "type": "boolean", "source_name": "Age (years)", "unit": "years"}
    assert contract == {"name": "contract", "type": "boolean"}
    assert signed == {"name": "signed", "type": "boolean", "title": "Signed up"}


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("use_case/features/2/category/values", "contract: values"),
        ("use_case/features/9/name", "features: 9: name"),
        ("use_case/target", "target"),
        ("use_case", "the use case"),
    ],
)
def test_fields_are_named_as_the_table_names_them(parameter: str, said: str) -> None:
    assert field_title(parameter, USE_CASE) == said
