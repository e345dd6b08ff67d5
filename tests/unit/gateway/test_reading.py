"""From bytes to rows, or to reasons."""

from __future__ import annotations

import json

import pytest

from gateway_api.door.problems import InvalidRows, MalformedBody
from gateway_api.wire.body import MAX_SHOWN_ERRORS, RowReader
from usecases.checking.row_model import example_row
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase

EQUIPMENT = load_catalog()["equipment_failure"]
EQUIPMENT_ROWS = RowReader(EQUIPMENT)
ROW = example_row(EQUIPMENT)
WITH_TIME = UseCase.model_validate_json(
    json.dumps(
        {
            "name": "shifts",
            "title": "Shifts",
            "task": "regression",
            "target": "output",
            "features": [{"name": "began_at", "type": "timestamp"}, {"name": "crew", "type": "integer"}],
            "training": {"data": "shifts.csv"},
        }
    )
)


def test_one_row_and_an_array_of_one_are_the_same() -> None:
    body = json.dumps(ROW).encode()
    assert EQUIPMENT_ROWS.read(body) == EQUIPMENT_ROWS.read(b" \n[" + body + b"]")


def test_colons_inside_texts_are_no_doubled_names() -> None:
    body = json.dumps({"began_at": "2026-01-01T06:00:00+02:00", "crew": 3}).encode()
    (row,) = RowReader(WITH_TIME).read(body)
    assert row.model_dump()["crew"] == 3
    with pytest.raises(MalformedBody, match="'crew' stands twice"):
        RowReader(WITH_TIME).read(body.replace(b'"crew": 3', b'"crew": 3, "crew": 4'))


def test_a_doubled_name_is_found_in_any_row() -> None:
    doubled = json.dumps(ROW).replace('"torque_nm"', '"torque_nm": 1, "torque_nm"')
    with pytest.raises(MalformedBody, match="'torque_nm' stands twice"):
        EQUIPMENT_ROWS.read(f"[{json.dumps(ROW)}, {doubled}]".encode())


def test_the_list_of_errors_is_bounded_and_the_total_told() -> None:
    bad = dict.fromkeys(ROW)
    with pytest.raises(InvalidRows) as caught:
        EQUIPMENT_ROWS.read(json.dumps([bad] * 1_000).encode())
    assert len(caught.value.members["errors"]) == MAX_SHOWN_ERRORS
    assert caught.value.members["errors_total"] == 6_000
    assert caught.value.detail.startswith("1000 rows are not valid")
