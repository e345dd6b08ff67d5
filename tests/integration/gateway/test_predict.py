"""POST /predict with a real worker: what is answered is what is stored, once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, func, select

from gateway_api.predict.answers import PredictAnswer
from sql.predictions.tables import prediction_table
from tests.integration.gateway.conftest import KEYS, ROW, RunningGateway, problem
from tests.support.pipeline import EQUIPMENT

pytestmark = pytest.mark.usefixtures("real_worker")

TABLE = prediction_table(EQUIPMENT)
COLD = {**ROW, "process_temperature_k": 299.0}
"""A row that breaks the rule between two columns."""


def stored(engine: Engine, request_id: str) -> list[dict[str, object]]:
    query = select(TABLE).where(TABLE.c.batch_id == UUID(request_id)).order_by(TABLE.c.row_number)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(TABLE)) or 0


def test_one_row_is_stored_as_it_was_answered(client: httpx.Client, engine: Engine) -> None:
    answer = client.post("/predict", json=ROW)
    assert answer.status_code == 200, answer.text
    content = PredictAnswer.model_validate_json(answer.content)
    assert answer.headers["x-request-id"] == str(content.request_id)
    (prediction,) = content.predictions
    (row,) = stored(engine, str(content.request_id))
    assert row["id"] == prediction.id
    assert row["prediction"] == prediction.prediction
    assert row["score"] == prediction.score
    assert row["model_version"] == content.model_version == 1
    assert row["source"] == "api"
    assert row["machine_id"] == prediction.key == ROW["machine_id"]
    assert prediction.features == {name: value for name, value in ROW.items() if name != "machine_id"}
    assert {name: row[name] for name in prediction.features} == prediction.features


def test_many_rows_keep_their_order(client: httpx.Client, engine: Engine) -> None:
    rows = [{**ROW, "machine_id": f"m{number}", "torque_nm": number % 100 + 0.25} for number in range(1_000)]
    content = client.post("/predict", json=rows).json()
    assert [one["key"] for one in content["predictions"]] == [row["machine_id"] for row in rows]
    assert [one["features"]["torque_nm"] for one in content["predictions"]] == [row["torque_nm"] for row in rows]
    kept = stored(engine, content["request_id"])
    assert [str(row["id"]) for row in kept] == [one["id"] for one in content["predictions"]]
    assert [row["score"] for row in kept] == [one["score"] for one in content["predictions"]]
    assert [row["row_number"] for row in kept] == list(range(1, 1_001))


def test_many_callers_get_each_their_own_answer(gateway: RunningGateway, engine: Engine) -> None:
    before = count(engine)
    with gateway.client(limits=httpx.Limits(max_connections=40)) as client, ThreadPoolExecutor(40) as pool:
        rows = [{**ROW, "machine_id": f"caller-{number}", "torque_nm": number / 10} for number in range(400)]
        answers = list(pool.map(lambda row: client.post("/predict", json=row).json(), rows))
    assert [answer["predictions"][0]["key"] for answer in answers] == [row["machine_id"] for row in rows]
    assert len({answer["predictions"][0]["id"] for answer in answers}) == 400
    assert count(engine) == before + 400


def test_the_key_decides_the_source_and_may_come_either_way(gateway: RunningGateway, engine: Engine) -> None:
    bearer = {"Authorization": f"Bearer {KEYS['webapp']}"}
    content = httpx.post(f"{gateway.url}/predict", json=ROW, headers=bearer).json()
    assert stored(engine, content["request_id"])[0]["source"] == "webapp"


def test_a_use_case_without_a_model_says_so(client: httpx.Client) -> None:
    answer = client.post("/predict", params={"use_case": "iris"}, json={
        "sepal_length_cm": 5.8, "sepal_width_cm": 3.0, "petal_length_cm": 4.3, "petal_width_cm": 1.3,
    })  # fmt: skip
    assert answer.headers["retry-after"]
    problem(answer, 503, "no-model")


BODIES = {
    "nothing": (b"", 400, "malformed-body"),
    "no JSON": (b"torque=3", 400, "malformed-body"),
    "half a row": (json.dumps(ROW)[:-1].encode(), 400, "malformed-body"),
    "two rows without an array": (json.dumps(ROW).encode() * 2, 400, "malformed-body"),
    "a name twice": (json.dumps(ROW).replace('"torque_nm"', '"torque_nm": 1.5, "torque_nm"').encode(), 400, "malformed-body"),
    "a name twice, spelt differently": (
        json.dumps(ROW).replace('"torque_nm"', '"torque\\u005fnm": 1.5, "torque_nm"').encode(), 400, "malformed-body",
    ),
    "deep nesting": (b"[" * 10_000, 400, "malformed-body"),
    "lists without an end": (b"[" * 100_000, 413, "too-large"),
    "deep objects": (b'{"a":' * 5_000, 400, "malformed-body"),
    "objects without an end": (b'{"a":' * 50_000, 413, "too-large"),
    "a lone surrogate": (json.dumps({**ROW, "machine_id": "X"}).replace("X", "\\ud800").encode(), 400, "malformed-body"),
    "broken UTF-8": (json.dumps({**ROW, "machine_id": "X"}).encode().replace(b"X", b"\xff"), 400, "malformed-body"),
    "UTF-16": (json.dumps(ROW).encode("utf-16"), 400, "malformed-body"),
    "a huge number": (json.dumps(ROW).replace("108", "1" * 5_000).encode(), 400, "malformed-body"),
    "a number": (b"3", 422, "invalid-rows"),
    "null": (b"null", 422, "invalid-rows"),
    "an array of arrays": (b"[[1]]", 422, "invalid-rows"),
    "an empty array": (b"[]", 422, "invalid-rows"),
    "an empty row": (b"{}", 422, "invalid-rows"),
    "NaN": (json.dumps({**ROW, "torque_nm": float("nan")}).encode(), 422, "invalid-rows"),
    "Infinity": (json.dumps({**ROW, "torque_nm": float("inf")}).encode(), 422, "invalid-rows"),
    "a number past all floats": (json.dumps(ROW).replace("41.5", "1e999").encode(), 422, "invalid-rows"),
    "65 bits": (json.dumps({**ROW, "tool_wear_min": 2**64}).encode(), 422, "invalid-rows"),
    "a NUL": (json.dumps({**ROW, "machine_id": "a\0b"}).encode(), 422, "invalid-rows"),
    "a long key": (json.dumps({**ROW, "machine_id": "k" * 1_001}).encode(), 422, "invalid-rows"),
    "a text for a number": (json.dumps({**ROW, "torque_nm": "41.5"}).encode(), 422, "invalid-rows"),
    "true for a number": (json.dumps({**ROW, "torque_nm": True}).encode(), 422, "invalid-rows"),
    "an unknown column": (json.dumps({**ROW, "__proto__": {"x": 1}}).encode(), 422, "invalid-rows"),
    "a broken rule": (json.dumps(COLD).encode(), 422, "invalid-rows"),
    "one bad row of many": (json.dumps([ROW, COLD, ROW]).encode(), 422, "invalid-rows"),
    "1,001 rows": (json.dumps([ROW] * 1_001).encode(), 413, "too-large"),
    "1,001 bad rows": (json.dumps([COLD] * 1_001).encode(), 413, "too-large"),
    "a megabyte and more": (b" " * 1_000_001, 413, "too-large"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "status", "code"), BODIES.values(), ids=BODIES)
def test_a_bad_body_is_refused_and_nothing_is_stored(
    client: httpx.Client, engine: Engine, body: bytes, status: int, code: str
) -> None:
    before = count(engine)
    problem(client.post("/predict", content=body, headers={"Content-Type": "application/json"}), status, code)
    assert count(engine) == before


def test_every_reason_of_every_bad_row_is_told(client: httpx.Client) -> None:
    bad = [ROW, {**ROW, "torque_nm": 455.0, "product_quality": "X"}, COLD, {**ROW, "a/b~c": 1}]
    content = problem(client.post("/predict", json=bad), 422, "invalid-rows")
    assert [(e["row"], e["pointer"], e["rule"], e["value"]) for e in content["errors"]] == [
        (2, "/1/product_quality", "allowed_values", "X"),
        (2, "/1/torque_nm", "maximum", "455.0"),
        (3, "/2", "process_warmer_than_air", None),
        (4, "/3/a~1b~0c", "unknown_column", "1"),
    ]
    assert content["errors_total"] == 4
    single = problem(client.post("/predict", json={**ROW, "torque_nm": None}), 422, "invalid-rows")
    assert single["errors"] == [
        {
            "row": 1,
            "pointer": "/torque_nm",
            "column": "torque_nm",
            "rule": "missing",
            "value": None,
            "message": "torque_nm: a value is required",
        }
    ]


def test_an_unannounced_body_is_cut_off_at_the_limit(client: httpx.Client) -> None:
    def endless() -> object:
        for _ in range(2_000):
            yield b" " * 1_000

    answer = client.post("/predict", content=endless(), headers={"Content-Type": "application/json"})  # type: ignore[arg-type]
    problem(answer, 413, "too-large")


@pytest.mark.parametrize("kind", ["text/csv", "application/x-www-form-urlencoded", "application/jsonx", ""])
def test_another_content_type_is_refused(client: httpx.Client, kind: str) -> None:
    headers = {"Content-Type": kind}
    problem(client.post("/predict", content=json.dumps(ROW), headers=headers), 415, "unsupported-media-type")


def test_a_compressed_body_is_refused(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    problem(client.post("/predict", content=b"\x1f\x8b", headers=headers), 415, "unsupported-media-type")


@pytest.mark.parametrize("name", ["nope", "IRIS", "../iris", "iris'; drop table x--", "%00", "", "ä" * 5_000])
def test_an_unknown_use_case_is_named(client: httpx.Client, name: str) -> None:
    problem(client.post("/predict", params={"use_case": name}, json=ROW), 404, "unknown-use-case")


def test_a_misspelt_parameter_is_refused(client: httpx.Client) -> None:
    problem(client.post("/predict?usecase=iris", json=ROW), 422, "invalid-parameters")
    problem(client.post("/predict?use_case=iris&use_case=equipment_failure", json=ROW), 422, "invalid-parameters")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": "wrong" * 5},
        {"X-API-Key": ""},
        {"Authorization": "Basic YTph"},
        {"Authorization": "Bearer nobody"},
    ],
)
@pytest.mark.parametrize("path", ["/predict", "/batches", "/past-predictions", "/nowhere", "/docs/", "//docs"])
def test_without_a_good_key_nothing_is_told(gateway: RunningGateway, path: str, headers: dict[str, str]) -> None:
    answer = httpx.get(gateway.url + path, headers=headers)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    problem(answer, 401, "unauthorized")


def test_the_same_key_and_body_is_predicted_once(client: httpx.Client, engine: Engine) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    before = count(engine)
    first = client.post("/predict", json=[ROW, ROW], headers=headers)
    second = client.post("/predict", json=[ROW, ROW], headers=headers)
    assert first.status_code == 200
    assert second.content == first.content
    assert second.headers["x-request-id"] == first.json()["request_id"]
    assert count(engine) == before + 2


def test_duplicates_at_the_same_time_are_predicted_once(gateway: RunningGateway, engine: Engine) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    before = count(engine)
    with gateway.client() as client, ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: client.post("/predict", json=ROW, headers=headers).content, range(20)))
    assert len(set(answers)) == 1
    assert count(engine) == before + 1


def test_a_key_for_another_request_is_a_conflict(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    assert client.post("/predict", json=ROW, headers=headers).status_code == 200
    problem(client.post("/predict", json=[ROW], headers=headers), 409, "idempotency-key-reused")
    iris = client.post("/predict?use_case=iris", json=ROW, headers=headers)
    problem(iris, 422, "invalid-rows")


def test_a_key_belongs_to_its_account(gateway: RunningGateway) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    with gateway.client("api") as one, gateway.client("webapp") as other:
        first = one.post("/predict", json=ROW, headers=headers).json()
        second = other.post("/predict", json=[ROW], headers=headers).json()
    assert first["request_id"] != second["request_id"]


def test_a_bad_request_does_not_use_its_key_up(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    problem(client.post("/predict", json=COLD, headers=headers), 422, "invalid-rows")
    assert client.post("/predict", json=ROW, headers=headers).status_code == 200


@pytest.mark.parametrize("key", ["", "k" * 256, "tab\there"])
def test_a_strange_key_is_refused(client: httpx.Client, key: str) -> None:
    problem(client.post("/predict", json=ROW, headers={"Idempotency-Key": key}), 422, "invalid-parameters")


def test_an_unknown_address_and_a_wrong_method_are_problems(client: httpx.Client) -> None:
    problem(client.get("/nowhere"), 404, "not-found")
    answer = client.get("/predict")
    assert answer.headers["allow"] == "POST"
    problem(answer, 405, "method-not-allowed")


def test_what_can_be_read_can_be_asked_for_without_its_body(gateway: RunningGateway, client: httpx.Client) -> None:
    for path in ("/health/live", "/use-cases"):
        read, asked = client.get(path), client.head(path)
        assert (asked.status_code, asked.content) == (200, b"")
        assert asked.headers["content-length"] == read.headers["content-length"]
    assert client.head("/predict").headers["allow"] == "POST"
    assert client.delete("/use-cases").headers["allow"] == "GET, HEAD, POST"
    assert httpx.head(f"{gateway.url}/use-cases").status_code == 401


def test_what_is_open_is_open(gateway: RunningGateway) -> None:
    for path in ("/health/live", "/health/ready", "/metrics", "/docs", "/openapi.json"):
        answer = httpx.get(gateway.url + path)
        assert answer.status_code in {200, 503}, path
    page = httpx.get(f"{gateway.url}/docs")
    assert "script-src 'sha256-" in page.headers["content-security-policy"]
    assert "http://" not in page.text
    assert "https://" not in page.text


def test_the_metrics_count_requests_and_messages(client: httpx.Client) -> None:
    client.post("/predict", json=ROW)
    metrics = client.get("/metrics").text
    assert 'smartpredict_http_request_duration_seconds_count{method="POST",route="/predict",status="200"}' in metrics
    assert 'smartpredict_online_requests_per_message_count{use_case="equipment_failure"}' in metrics
    assert 'smartpredict_online_rows_total{use_case="equipment_failure"}' in metrics


def test_the_served_version_is_listed(client: httpx.Client) -> None:
    models = {one["use_case"]: one["versions"] for one in client.get("/models").json()["models"]}
    assert [version["version"] for version in models["equipment_failure"]] == [1]
    assert models["iris"] == []
