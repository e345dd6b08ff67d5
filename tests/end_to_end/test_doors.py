"""Every door leads to the same place: the same rows get the same scores, bit for bit, and the ledger balances."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from cli.demonstration.doors import publish_and_wait
from tests.support.pipeline import equipment_rows
from tests.support.running_stack import TABLE, RunningStack, audit

COUNT = 300
RECORDS: list[dict[str, Any]] = equipment_rows(COUNT, seed=42).to_pylist()
FRAME = pd.DataFrame(RECORDS)


def as_csv() -> bytes:
    return FRAME.to_csv(index=False).encode()


def as_semicolon_csv_with_byte_order_mark() -> bytes:
    return b"\xef\xbb\xbf" + FRAME.to_csv(index=False, sep=";").encode()


def as_parquet() -> bytes:
    buffer = io.BytesIO()
    FRAME.to_parquet(buffer)
    return buffer.getvalue()


def as_json_lines() -> bytes:
    return "".join(json.dumps(record) + "\n" for record in RECORDS).encode()


FILES: dict[str, Callable[[], bytes]] = {
    "rows.csv": as_csv,
    "rows.semicolon.csv": as_semicolon_csv_with_byte_order_mark,
    "rows.csv.gz": lambda: gzip.compress(as_csv()),
    "rows.parquet": as_parquet,
    "rows.jsonl": as_json_lines,
    "rows.jsonl.gz": lambda: gzip.compress(as_json_lines()),
}


@pytest.fixture(scope="module")
def expected(stack: RunningStack) -> list[float]:
    """Scores as POST /predict answers them."""
    with stack.api() as api:
        answer = api.post("/predict", json=RECORDS)
    assert answer.status_code == 200, answer.text
    return [prediction["score"] for prediction in answer.json()["predictions"]]


def scores(stack: RunningStack, batch_id: UUID) -> list[float]:
    with stack.engine.connect() as connection:
        query = select(TABLE.c.score).where(TABLE.c.batch_id == batch_id).order_by(TABLE.c.row_number)
        return list(connection.scalars(query))


def test_scores_differ_at_all(expected: list[float]) -> None:
    assert len(set(expected)) > 20
    assert np.isfinite(expected).all()


@pytest.mark.parametrize("name", FILES)
def test_a_file_gets_the_scores_of_a_request(stack: RunningStack, expected: list[float], name: str) -> None:
    batch = stack.drop(FILES[name](), f"{uuid4()}.{name}")
    ledger = stack.wait_done(batch)
    assert (ledger.predicted, ledger.quarantined, ledger.problem) == (COUNT, 0, None)
    assert scores(stack, batch) == expected


def test_a_message_gets_the_scores_of_a_request(stack: RunningStack, expected: list[float]) -> None:
    answer = publish_and_wait(stack.stack.broker_url("upstream"), RECORDS, f"doors-{uuid4()}")
    assert (answer["outcome"], answer["rows_accepted"], answer["refused"]) == ("accepted", COUNT, [])
    batch = UUID(answer["batch_id"])
    stack.wait_done(batch)
    assert scores(stack, batch) == expected


def test_an_upload_gets_the_scores_of_a_request(stack: RunningStack, expected: list[float]) -> None:
    with stack.api("webapp") as api:
        answer = api.post(
            "/batches", params={"name": f"{uuid4()}.csv"}, content=as_csv(), headers={"Content-Type": "text/csv"}
        )
        assert answer.status_code == 202, answer.text
        batch = UUID(answer.json()["batch_id"])
        stack.wait_done(batch)
        assert scores(stack, batch) == expected
        shown = api.get(f"/batches/{batch}").json()
    assert (shown["source"], shown["rows"]["predicted"], shown["balanced"]) == ("webapp", COUNT, True)


def test_the_same_file_message_and_request_twice_count_once(stack: RunningStack) -> None:
    name, key, message_id = f"{uuid4()}.csv", str(uuid4()), f"twice-{uuid4()}"
    for _ in range(2):
        batch = stack.drop(as_csv(), name)
        stack.wait_done(batch)
        answer = publish_and_wait(stack.stack.broker_url("upstream"), RECORDS[:5], message_id)
        stack.wait_done(UUID(answer["batch_id"]))
    with stack.api() as api:
        one, two = (api.post("/predict", json=RECORDS[:5], headers={"Idempotency-Key": key}) for _ in range(2))
    assert one.json() == two.json()
    assert stack.stored_rows(batch) == (COUNT, COUNT)
    assert stack.stored_rows(UUID(answer["batch_id"])) == (5, 5)
    assert stack.stored_rows(UUID(one.json()["request_id"])) == (5, 5)


def test_after_all_of_it_the_ledger_balances(stack: RunningStack) -> None:
    assert audit(stack)["balanced"] is True
