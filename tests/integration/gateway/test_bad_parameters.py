"""Parameters that make no sense are named, and names that nobody knows are told."""

from __future__ import annotations

import csv
import io

import httpx
import pytest

from tests.integration.gateway.conftest import ROW, problem


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=1e3",
        "start=yesterday",
        "start=1969-12-31",
        "start=99999999-01-01",
        "start=0001-01-01T00:00:00%2B14:00",
        "end=9999-12-31T23:59:59-14:00",
        "start=2026-03-02&end=2026-03-01",
        "start=2026-03-01&end=2026-03-01",
        "source=nobody",
        "source=api'--",
        "model_version=0",
        "model_version=99999999999999999999",
        "model_version=1;drop table x",
        "format=xml",
        "cursor=x",
        "cursor=" + "A" * 65,
        "cursor=" + "ä" * 22,
        "cursor=AAAAAAAAAAAAAAAAAAAAA!",
        "use_case=" + "x" * 61,
        "start=2026-03-01&start=nonsense",
        "from=2026-03-01",
        "prediction=broken",
        "least=nan",
        "batch_id=5",
        "key=" + "x" * 1_001,
        "start=0.5",
        "use_case=iris%00",
        "cursor=%00",
    ],
)
def test_a_bad_parameter_is_named(client: httpx.Client, query: str) -> None:
    content = problem(client.get(f"/past-predictions?{query}"), 422, "invalid-parameters")
    assert query.partition("=")[0] in content["detail"] or "start" in content["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/quarantine?column=%00",
        "/quarantine?rule=a%00",
        "/dead-letters?queue=a%00b",
        "/batches?use_case=%00",
    ],
)
def test_a_nul_is_refused_wherever_it_stands(client: httpx.Client, path: str) -> None:
    content = problem(client.get(path), 422, "invalid-parameters")
    assert "NUL" in content["detail"]


@pytest.mark.parametrize("name", ["nope", "equipment_failure;--", "../iris", "predictions.iris", "%00"])
def test_an_unknown_use_case_is_told(client: httpx.Client, name: str) -> None:
    problem(client.get("/past-predictions", params={"use_case": name}), 404, "unknown-use-case")
    assert client.get(f"/use-cases/{name.replace('/', '')}").status_code == 404


def test_the_use_cases_give_what_a_form_needs(client: httpx.Client) -> None:
    names = [one["name"] for one in client.get("/use-cases").json()["use_cases"]]
    assert names == ["equipment_failure", "iris", "pm25"]
    found = client.get("/use-cases/equipment_failure").json()
    torque = next(feature for feature in found["features"] if feature["name"] == "torque_nm")
    assert torque == {
        "name": "torque_nm", "type": "float", "title": "Torque [Nm]", "description": "Torque at the spindle.", "unit": "Nm",
        "nullable": False, "minimum": 0, "maximum": 120, "values": None, "example": 41.5,
        "joined_from": None,
    }  # fmt: skip
    assert found["classes"] == ["ok", "failure"]
    assert found["example"] == ROW
    template = client.get("/use-cases/equipment_failure/template.csv").text
    (row,) = csv.DictReader(io.StringIO(template))
    assert row == {name: str(value) for name, value in ROW.items()}


def test_of_two_keys_none_is_taken_for_the_one_that_is_meant(client: httpx.Client) -> None:
    tensors = {
        "inputs": [
            {"name": name, "datatype": "BYTES", "shape": [1], "data": [str(value)]} for name, value in ROW.items()
        ]
    }
    for path, body in (("/predict", ROW), ("/v2/models/equipment_failure/infer", tensors)):
        twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
        answer = client.post(path, json=body, headers=twice)
        assert answer.status_code == (422 if path == "/predict" else 400)
        assert "Send one Idempotency-Key" in answer.text
