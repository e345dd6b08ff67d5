"""One value in place of another in all refused rows: what else is wrong with a row stays so."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from gateway_api.quarantine.corrections import corrected_rows
from sql.quarantine.pages import RowKey
from usecases.contract.spec import UseCase

BATCH = UUID(int=7)
TILES = UseCase.model_validate(
    {
        "name": "tiles",
        "title": "Tiles",
        "task": "regression",
        "target": "width",
        "features": [
            {"name": "glaze", "type": "category", "values": ["matt", "gloss"]},
            {"name": "heat_k", "type": "float", "nullable": True},
            {"name": "turns", "type": "float", "nullable": True, "decimal_comma": True},
        ],
        "training": {"data": "x.csv"},
    }
)


def refused(*rows: dict[str, Any]) -> list[Any]:
    return [
        {"batch_id": BATCH, "row_number": number, "raw": json.dumps(row)} for number, row in enumerate(rows, start=1)
    ]


def test_a_row_with_a_column_that_the_use_case_has_not_stays_wrong() -> None:
    rows = refused({"glaze": "shiny", "heat": 900.5}, {"glaze": "shiny", "heat_k": 900.5})
    corrected = corrected_rows(TILES, rows, "glaze", "gloss")
    assert corrected.good == {RowKey(BATCH, 2): {"glaze": "gloss", "heat_k": 900.5, "turns": None}}
    assert [[(reason.column, reason.rule) for reason in reasons] for reasons in corrected.bad] == [
        [("heat", "unknown_column")]
    ]


def test_a_number_of_json_stays_one_where_files_have_decimal_commas() -> None:
    corrected = corrected_rows(TILES, refused({"glaze": "shiny", "turns": 1.234}), "glaze", "matt")
    assert [row["turns"] for row in corrected.good.values()] == [1.234]
