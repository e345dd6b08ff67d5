"""Rows in columns with a real worker: as tensors of the Open Inference Protocol, and as Arrow streams of POST /predict."""

from __future__ import annotations

import gzip
import json
import struct
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import Engine, func, select

from broker.messages import ARROW_STREAM, JSON
from gateway_api.predict.inference_protocol.answers import InferenceAnswer, InferenceError, ModelMetadata
from sql.predictions.tables import prediction_table
from tests.integration.gateway.conftest import ROW, RunningGateway, problem
from tests.support.pipeline import EQUIPMENT

pytestmark = pytest.mark.usefixtures("real_worker")

TABLE = prediction_table(EQUIPMENT)
MODEL = "/v2/models/equipment_failure"
TYPES = {"machine_id": "BYTES", "product_quality": "BYTES", "rotational_speed_rpm": "INT64", "tool_wear_min": "INT32"}


def inputs(rows: int, **columns: list[Any]) -> list[dict[str, Any]]:
    found = {name: [value] * rows for name, value in ROW.items()} | columns
    return [
        {"name": name, "datatype": TYPES.get(name, "FP64"), "shape": [rows], "data": values}
        for name, values in found.items()
    ]


def error(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    return InferenceError.model_validate_json(answer.content).error


def by_name(answer: httpx.Response) -> dict[str, list[Any]]:
    assert answer.status_code == 200, answer.text
    content = InferenceAnswer.model_validate_json(answer.content)
    assert (content.model_name, content.model_version) == ("equipment_failure", "1")
    return {output.name: output.data or [] for output in content.outputs}


def stored(engine: Engine, ids: list[str]) -> list[dict[str, Any]]:
    query = select(TABLE).where(TABLE.c.id.in_(list(map(UUID, ids)))).order_by(TABLE.c.row_number)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(TABLE)) or 0


def test_tensors_are_predicted_and_stored_as_rows_are(client: httpx.Client, engine: Engine) -> None:
    torques = [20 + number / 16 for number in range(1_000)]
    answer = client.post(f"{MODEL}/infer", json={"id": "42", "inputs": inputs(1_000, torque_nm=torques)})
    assert answer.json()["id"] == "42"
    found = by_name(answer)
    rows = stored(engine, found["id"])
    assert [str(row["id"]) for row in rows] == found["id"]
    assert {str(row["batch_id"]) for row in rows} == {answer.headers["x-request-id"]}
    assert [row["torque_nm"] for row in rows] == torques
    assert [row["score"] for row in rows] == found["score"]
    assert [row["prediction"] for row in rows] == found["prediction"]
    assert {row["machine_id"] for row in rows} == {ROW["machine_id"]}
    alike = client.post("/predict", json=[{**ROW, "torque_nm": torque} for torque in torques]).json()["predictions"]
    assert [one["score"] for one in alike] == found["score"]


def test_bytes_go_in_and_come_out(client: httpx.Client) -> None:
    plain = by_name(client.post(f"{MODEL}/infer", json={"inputs": inputs(2, torque_nm=[41.5, 60.25])}))
    numbers = [name for name in ROW if name not in {"machine_id", "product_quality"}]
    matrix = np.array([[{**ROW, "torque_nm": torque}[name] for name in numbers] for torque in (41.5, 60.25)])
    quality = b"".join(struct.pack("<I", 1) + ROW["product_quality"].encode() for _ in range(2))
    head = {
        "parameters": {"binary_data_output": True},
        "outputs": [{"name": "prediction", "parameters": {"binary_data": False}}, {"name": "score"}],
        "inputs": [
            {"name": "input-0", "datatype": "FP64", "shape": [2, 5], "parameters": {"binary_data_size": 80}},
            {"name": "product_quality", "datatype": "BYTES", "shape": [2, 1], "parameters": {"binary_data_size": 10}},
        ],
    }
    content = json.dumps(head).encode()
    body = content + matrix.tobytes() + quality
    length = {"Inference-Header-Content-Length": str(len(content))}
    for sent, headers in ((body, length), (gzip.compress(body), {**length, "Content-Encoding": "gzip"})):
        answer = client.post(f"{MODEL}/infer", content=sent, headers=headers)  # without a Content-Type
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/octet-stream"
        end = int(answer.headers["inference-header-content-length"])
        prediction, score = json.loads(answer.content[:end])["outputs"]
        assert prediction["data"] == plain["prediction"]
        assert score["parameters"] == {"binary_data_size": 16}
        assert np.frombuffer(answer.content[end:]).tolist() == plain["score"]


def test_a_bad_row_refuses_all_and_is_told(client: httpx.Client, engine: Engine) -> None:
    before = count(engine)
    answer = client.post(
        f"{MODEL}/infer", json={"inputs": inputs(3, torque_nm=[40, 455, None], machine_id=["a", "b", None])}
    )
    told = error(answer, 400)
    assert "Row 2: torque_nm: 455.0 is above the maximum" in told
    assert "Row 3: torque_nm" in told
    assert count(engine) == before


def test_an_id_is_a_key_only_where_it_is_asked_for(client: httpx.Client) -> None:
    body = {"id": "the same", "inputs": inputs(1)}
    first, second = (by_name(client.post(f"{MODEL}/infer", json=body))["id"] for _ in range(2))
    assert first != second
    once = {**body, "parameters": {"idempotent": True}}
    first, second = (by_name(client.post(f"{MODEL}/infer", json=once))["id"] for _ in range(2))
    assert first == second
    changed = {**once, "inputs": inputs(1, torque_nm=[42.0])}
    assert "Idempotency-Key" in error(client.post(f"{MODEL}/infer", json=changed), 409)


def test_only_the_served_version_is_there(client: httpx.Client, engine: Engine) -> None:
    body = {"inputs": inputs(1)}
    by_name(client.post(f"{MODEL}/versions/1/infer", json=body))
    assert client.get(f"{MODEL}/versions/1/ready").json() == {"name": "equipment_failure", "ready": True}
    before = count(engine)
    assert "version 1 is served, not 2" in error(client.post(f"{MODEL}/versions/2/infer", json=body), 404)
    assert "served: 1" in error(client.get(f"{MODEL}/versions/2"), 404)
    assert "served: 1" in error(client.get(f"{MODEL}/versions/2/ready"), 404)
    assert "numbers" in error(client.post(f"{MODEL}/versions/new/infer", json=body), 404)
    assert count(engine) == before


def test_a_client_finds_out_what_there_is(gateway: RunningGateway, client: httpx.Client) -> None:
    assert client.get("/v2").json()["extensions"] == ["binary_tensor_data"]
    assert httpx.get(f"{gateway.url}/v2/health/live").json() == {"live": True}
    assert httpx.get(f"{gateway.url}/v2/health/ready").json() == {"ready": True}, "nobody takes files in here"
    metadata = ModelMetadata.model_validate_json(client.get(MODEL).content)
    assert metadata.versions == ["1"]
    assert [one.name for one in metadata.inputs] == list(ROW)
    assert [one.name for one in metadata.outputs] == ["id", "prediction", "score"]
    assert client.get(f"{MODEL}/ready").status_code == 200
    assert "No worker serves a model of iris" in error(client.get("/v2/models/iris/ready"), 404)


def test_errors_are_those_of_the_protocol(gateway: RunningGateway, client: httpx.Client) -> None:
    assert "API key" in error(httpx.get(f"{gateway.url}{MODEL}"), 401)
    assert "no use case" in error(client.get("/v2/models/nothing"), 404)
    assert "/v2/nothing" in error(client.get("/v2/nothing"), 404)
    assert "POST" in error(client.get(f"{MODEL}/infer"), 405)
    assert "JSON" in error(client.post(f"{MODEL}/infer", content=b"{"), 400)
    assert "each once" in error(
        client.post(f"{MODEL}/infer", json={"inputs": inputs(1), "outputs": [{"name": "x"}]}), 400
    )
    assert "1000 rows" in error(client.post(f"{MODEL}/infer", json={"inputs": inputs(1_001)}), 413)
    assert "at most 1000000" in error(client.post(f"{MODEL}/infer", content=b" " * 1_000_001), 413)
    assert "gzip" in error(client.post(f"{MODEL}/infer", content=b"{}", headers={"Content-Encoding": "br"}), 415)
    assert "iris" in error(client.post("/v2/models/iris/infer", json=iris()), 503)


def iris() -> dict[str, Any]:
    return {"inputs": [{"name": "measures", "datatype": "FP32", "shape": [1, 4], "data": [[5.1, 3.5, 1.4, 0.2]]}]}


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


def read_stream(answer: httpx.Response) -> pa.Table:
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
        table = read_stream(client.post("/predict", **asked))
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
