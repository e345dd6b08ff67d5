"""A check gives the verdict that /predict would give, and does nothing."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, select

from sql.predictions.tables import prediction_table
from tests.integration.gateway.conftest import IRIS_ROW, ROW, problem
from tests.support.pipeline import EQUIPMENT

BAD = {**ROW, "torque_nm": 455.0, "product_quality": None}


def check(client: httpx.Client, rows: Any, **query: str) -> dict[str, Any]:
    answer = client.post("/check", json=rows, params=query)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def test_good_rows_are_good_and_nothing_is_stored(client: httpx.Client, engine: Engine) -> None:
    assert check(client, [ROW] * 1_000) == {
        "use_case": "equipment_failure", "rows_in": 1_000, "good": 1_000, "bad": 0, "errors": [], "errors_total": 0,
    }  # fmt: skip
    assert check(client, IRIS_ROW, use_case="iris")["good"] == 1
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(prediction_table(EQUIPMENT))) == 0


@pytest.mark.parametrize("rows", [BAD, [BAD], [ROW, BAD, ROW], [ROW, {}, 7, None, [ROW]], [{**ROW, "a/b~": 1}]])
def test_errors_are_those_of_predict(client: httpx.Client, rows: Any) -> None:
    predicted = problem(client.post("/predict", json=rows), 422, "invalid-rows")
    found = check(client, rows)
    assert found["errors"] == predicted["errors"]
    assert found["errors_total"] == predicted["errors_total"]
    assert found["bad"] == len({error["row"] for error in predicted["errors"]})
    assert found["good"] + found["bad"] == found["rows_in"] == (len(rows) if isinstance(rows, list) else 1)


def test_every_bad_row_is_counted_though_not_every_error_is_listed(client: httpx.Client) -> None:
    rows = [{**ROW, **{f"more_{number}": 1 for number in range(5)}}] * 999 + [ROW]
    found = check(client, rows)
    assert (found["bad"], found["good"], found["errors_total"], len(found["errors"])) == (999, 1, 4_995, 1_000)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed-body"),
        (b"[]", 422, "invalid-rows"),
        (json.dumps([ROW] * 1_001).encode(), 413, "too-large"),
        (b" " * 1_000_001, 413, "too-large"),
        (b'[{"a": 1, "a": 2}]', 400, "malformed-body"),
    ],
)
def test_what_cannot_be_checked_is_refused(client: httpx.Client, body: bytes, status: int, code: str) -> None:
    problem(client.post("/check", content=body, headers={"Content-Type": "application/json"}), status, code)


def test_a_check_takes_json_of_a_known_use_case(client: httpx.Client) -> None:
    problem(client.post("/check", content=json.dumps(ROW)), 415, "unsupported-media-type")
    problem(client.post("/check?use_case=nope", json=ROW), 404, "unknown-use-case")
    problem(client.post("/check?usecase=iris", json=ROW), 422, "invalid-parameters")
