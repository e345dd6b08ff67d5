"""POST /predict with rows as an Arrow stream, and its answer as one."""

from __future__ import annotations

from typing import Any

import httpx
import pyarrow as pa
import pytest

from broker.messages import ARROW_STREAM, JSON
from tests.integration.gateway.conftest import ROW, problem

pytestmark = pytest.mark.usefixtures("real_worker")

ROWS = [{**ROW, "machine_id": f"m{number}", "torque_nm": number % 100 + 0.25} for number in range(1_000)]
SENT = {"Content-Type": ARROW_STREAM}
WANTED = {"Accept": ARROW_STREAM}


def stream(rows: list[dict[str, Any]]) -> bytes:
    table = pa.Table.from_pylist(rows)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read(answer: httpx.Response) -> pa.Table:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == ARROW_STREAM
    return pa.ipc.open_stream(answer.content).read_all()


def test_rows_are_answered_in_order_whichever_way_they_come(client: httpx.Client) -> None:
    plain = client.post("/predict", json=ROWS).json()["predictions"]
    of_columns = client.post("/predict", content=stream(ROWS), headers=SENT)
    assert of_columns.headers["content-type"] == JSON
    for one, other in zip(of_columns.json()["predictions"], plain, strict=True):
        assert one.pop("id") != other.pop("id")
        assert one == other
    for asked in ({"content": stream(ROWS), "headers": SENT | WANTED}, {"json": ROWS, "headers": WANTED}):
        table = read(client.post("/predict", **asked))
        assert table.select(["row_number", "prediction", "score"]).to_pylist() == [
            {"row_number": number, "prediction": one["prediction"], "score": one["score"]}
            for number, one in enumerate(plain, start=1)
        ]
        assert table.select(list(ROW)).to_pylist() == ROWS
        assert len(set(table.column("id").to_pylist())) == len(ROWS)
        assert table.schema.metadata[b"model_version"] == b"1"


def test_a_key_names_the_stream(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "an arrow"}
    first, second = (client.post("/predict", content=stream(ROWS[:3]), headers=SENT | WANTED | key) for _ in range(2))
    assert first.content == second.content
    problem(client.post("/predict", content=stream(ROWS[:2]), headers=SENT | key), 409, "idempotency-key-reused")


def test_what_is_wrong_is_told_as_json(client: httpx.Client) -> None:
    bad = [ROW, {**ROW, "torque_nm": 455.0}]
    told = problem(client.post("/predict", content=stream(bad), headers=SENT | WANTED), 422, "invalid-rows")
    assert [(error["row"], error["column"]) for error in told["errors"]] == [(2, "torque_nm")]
    assert told["errors"] == client.post("/predict", json=bad).json()["errors"]
    problem(client.post("/predict", content=b"{}", headers=SENT), 400, "malformed-body")
    problem(client.post("/predict", content=stream(ROWS + ROWS), headers=SENT), 413, "too-large")
    packed = SENT | {"Content-Encoding": "gzip"}
    problem(client.post("/predict", content=stream(ROWS), headers=packed), 415, "unsupported-media-type")
    explained = client.post("/predict", params={"explain": "true"}, json=ROW, headers=WANTED)
    problem(explained, 422, "invalid-parameters")
