"""Requests bring no joined features: they are answered and stored with what was known when they came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pandas as pd
import pytest
from sqlalchemy import Engine, select

from sql.predictions.tables import prediction_table
from sql.registry.registration import register
from tests.integration.gateway.conftest import RunningGateway, problem
from tests.integration.gateway.stand_in_worker import StandInWorker
from tests.support.usecases.joined import joined_use_case, tide_use_case
from tests.support.usecases.stored import store
from tests.support.waiting import eventually
from usecases.contract.spec import UseCase

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
TIDE = tide_use_case()
LENIENT = joined_use_case(name="berth")
STRICT = joined_use_case(name="strict_berth", is_required=True)


def observe(engine: Engine, harbour: str, hour: datetime, level: float) -> None:
    row = {"hour": hour, "published": hour, "harbour": harbour, "level": level}
    store(engine, TIDE, pd.DataFrame([row]))


@pytest.fixture(scope="module")
def client(gateway: RunningGateway, engine: Engine) -> Iterator[httpx.Client]:
    """A caller of a gateway that has heard of the use cases."""
    with engine.begin() as connection:
        for use_case in (TIDE, LENIENT, STRICT):
            register(connection, use_case)
    observe(engine, "inner", NOW - timedelta(hours=1), 2.0)
    observe(engine, "outer", NOW - timedelta(hours=9), 3.0)
    with gateway.client() as client:
        eventually(lambda: client.get(f"/use-cases/{STRICT.name}").status_code == 200)
        yield client


@pytest.fixture(autouse=True)
def worker(stand_in: StandInWorker, client: httpx.Client) -> StandInWorker:
    """A worker that knows the use cases, and of which the gateway has heard."""
    stand_in.use_cases |= {use_case.name: use_case for use_case in (LENIENT, STRICT)}
    eventually(lambda: ask(client, LENIENT, row("far")).status_code == 200)
    return stand_in


def ask(client: httpx.Client, use_case: UseCase, rows: Any, **headers: str) -> httpx.Response:
    return client.post("/predict", params={"use_case": use_case.name}, json=rows, headers=headers)


def row(harbour: str, ship: str = "a") -> dict[str, Any]:
    return {"ship": ship, "harbour": harbour, "draught": 2.5}


def test_a_row_is_answered_and_stored_with_what_is_joined(client: httpx.Client, engine: Engine) -> None:
    answer = ask(client, LENIENT, [row("inner", "a"), row("outer", "b"), row("far", "c")])
    assert answer.status_code == 200, answer.text
    joined = [one["features"]["tide_now"] for one in answer.json()["predictions"]]
    assert joined == [2.0, None, None], "the reading of the outer harbour is nine hours old"
    table = prediction_table(LENIENT)
    query = select(table.c.tide_now).where(table.c.batch_id == UUID(answer.json()["request_id"])).order_by(table.c.ship)
    with engine.connect() as connection:
        assert list(connection.scalars(query)) == joined


def test_a_row_without_a_fresh_reading_is_refused_where_one_is_required(client: httpx.Client) -> None:
    assert ask(client, STRICT, row("inner")).status_code == 200
    refused = problem(ask(client, STRICT, [row("inner"), row("outer")]), 422, "invalid-rows")
    (error,) = refused["errors"]
    assert (error["row"], error["column"], error["rule"]) == (2, "tide_now", "missing")
    assert "tide has no observation of its harbour that is not older than 3h" in error["message"]


def test_rows_that_come_as_tensors_are_joined_to_as_well(client: httpx.Client, engine: Engine) -> None:
    def infer(*harbours: str) -> httpx.Response:
        columns = {"ship": ("BYTES", "a"), "harbour": ("BYTES", None), "draught": ("FP32", 2.5)}
        inputs = [
            {"name": name, "datatype": datatype, "shape": [len(harbours)], "data": [value or one for one in harbours]}
            for name, (datatype, value) in columns.items()
        ]
        return client.post(f"/v2/models/{STRICT.name}/infer", json={"inputs": inputs})

    metadata = client.get(f"/v2/models/{STRICT.name}").json()
    assert [one["name"] for one in metadata["inputs"]] == ["ship", "harbour", "draught"]
    answer = infer("inner", "inner")
    assert answer.status_code == 200, answer.text
    table = prediction_table(STRICT)
    query = select(table.c.tide_now).where(table.c.batch_id == UUID(answer.headers["x-request-id"]))
    with engine.connect() as connection:
        assert [level is not None for level in connection.scalars(query)] == [True, True]
    refused = infer("inner", "outer")
    assert refused.status_code == 400
    assert "Row 2: tide_now" in refused.json()["error"]


def test_what_is_joined_is_nobodys_to_bring(client: httpx.Client) -> None:
    brought = problem(ask(client, LENIENT, row("inner") | {"tide_now": 1.0}), 422, "invalid-rows")
    assert brought["errors"][0]["rule"] == "unknown_column"
    checked = client.post("/check", params={"use_case": LENIENT.name}, json=row("inner")).json()
    assert (checked["good"], checked["bad"]) == (1, 0)
    header = client.get(f"/use-cases/{LENIENT.name}/template.csv").text.splitlines()[0]
    assert header == "ship,harbour,draught"
    about = client.get(f"/use-cases/{LENIENT.name}").json()
    assert {one["name"]: one["joined_from"] for one in about["features"]} == {
        "harbour": None, "draught": None, "tide_now": "tide",
    }  # fmt: skip
    assert about["example"].keys() == {"ship", "harbour", "draught"}


def test_a_request_that_is_repeated_under_its_key_is_answered_as_before(client: httpx.Client, engine: Engine) -> None:
    key = str(uuid4())
    first = ask(client, LENIENT, row("inner"), **{"Idempotency-Key": key}).json()
    observe(engine, "inner", datetime.now(UTC).replace(minute=0, second=0, microsecond=0), 5.0)
    again = ask(client, LENIENT, row("inner"), **{"Idempotency-Key": key}).json()
    assert first["predictions"][0]["id"] == again["predictions"][0]["id"]
    assert first["predictions"][0]["features"]["tide_now"] == 2.0
    newest = ask(client, LENIENT, row("inner")).json()["predictions"][0]["features"]["tide_now"]
    assert newest == 5.0, "the newest reading is joined to a new request"


def test_freshness_is_told(client: httpx.Client) -> None:
    (table,) = client.get(f"/use-cases/{LENIENT.name}/feature-tables").json()["feature_tables"]
    assert table.pop("age_seconds") < 2 * 3_600 + 60
    assert table == {
        "table": "tide", "join_key": "harbour", "features": ["tide_now"], "max_age": "3h", "series": 2, "stale": 1,
    }  # fmt: skip
    assert client.get("/use-cases/iris/feature-tables").json() == {"feature_tables": []}
