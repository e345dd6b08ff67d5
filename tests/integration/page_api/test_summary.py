"""Summaries of predictions: they agree with the table, and never read it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np
import pytest
from sqlalchemy import Engine, func, insert, select, text

from broker.messages import Source
from broker.transport.publisher import Publisher
from sql.base.tables import parts
from sql.predictions.counts import CountFilter, count_query
from sql.predictions.tables import prediction_table
from tests.integration.gateway.conftest import problem
from tests.integration.page_api.conftest import RunningGateway
from tests.integration.page_api.recorded import record_part
from tests.support.pipeline import EQUIPMENT, bulk_part, equipment_rows
from tests.support.waiting import eventually
from usecases.contract.catalog import load_catalog

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
SOURCES = ((Source.FILE,), (Source.API, Source.WEBAPP), (Source.MESSAGE,))


@pytest.fixture(scope="module")
def recorded(gateway: RunningGateway, engine: Engine) -> None:
    """Forty parts of 25 rows within 200 minutes, of three doors and two versions."""
    rng = np.random.default_rng(5)
    for number in range(40):
        predicted = rng.choice(["ok", "failure"], 25, p=[0.9, 0.1]).tolist()
        moment = START + timedelta(minutes=5 * number, seconds=7)
        record_part(engine, EQUIPMENT, predicted, moment, sources=SOURCES[number % 3], version=1 + number // 20)


def summary(client: httpx.Client, **query: Any) -> dict[str, Any]:
    answer = client.get("/past-predictions/summary", params=query)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def rows_of(engine: Engine) -> Iterator[Any]:
    """Read the predictions themselves; the parts of these tests are recorded when their rows were received."""
    table = prediction_table(EQUIPMENT)
    with engine.connect() as connection:
        yield from connection.execute(select(table).where(table.c.received_at < START + timedelta(days=1)))


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"source": "webapp"},
        {"model_version": 2},
        {"source": "file", "model_version": 1, "buckets": 7},
        {"prediction": "failure"},
        {"prediction": "ok", "source": "api"},
        {"start": START + timedelta(hours=1), "end": START + timedelta(hours=2)},
    ],
)
def test_a_summary_agrees_with_the_table(client: httpx.Client, engine: Engine, query: dict[str, Any]) -> None:
    window = {"start": START, "end": START + timedelta(hours=4)}
    found = summary(client, **{**window, **query})
    start, end = datetime.fromisoformat(found["start"]), datetime.fromisoformat(found["end"])
    wanted = [
        row
        for row in rows_of(engine)
        if start <= row.received_at < end
        and row.source == query.get("source", row.source)
        and row.model_version == query.get("model_version", row.model_version)
        and row.prediction == query.get("prediction", row.prediction)
    ]
    assert found["rows"] == len(wanted) > 0
    assert found["by_class"] == dict.fromkeys(EQUIPMENT.classes, 0) | Counter(row.prediction for row in wanted)
    assert found["by_source"] == Counter(row.source for row in wanted)
    assert found["by_model_version"] == Counter(str(row.model_version) for row in wanted)
    width = timedelta(seconds=found["bucket_seconds"])
    assert (end - start) % width == timedelta(0)
    assert (end - start) / width <= query.get("buckets", 60)
    spans = Counter(start + (row.received_at - start) // width * width for row in wanted)
    assert {datetime.fromisoformat(one["start"]): one["rows"] for one in found["buckets"]} == spans
    assert all(sum(one["by_class"].values()) == one["rows"] for one in found["buckets"])


@pytest.mark.usefixtures("recorded")
def test_bounds_are_widened_to_edges(client: httpx.Client) -> None:
    found = summary(client, start=START + timedelta(minutes=3), end=START + timedelta(minutes=57), buckets=6)
    assert (found["start"], found["end"], found["bucket_seconds"]) == (
        "2026-03-02T08:00:00Z",
        "2026-03-02T09:00:00Z",
        600,
    )


@pytest.mark.usefixtures("recorded")
def test_without_bounds_all_of_it_is_counted(client: httpx.Client, engine: Engine) -> None:
    found = summary(client)
    with engine.connect() as connection:
        assert found["rows"] == connection.scalar(select(func.count()).select_from(prediction_table(EQUIPMENT)))
    assert datetime.fromisoformat(found["start"]) <= START


def test_numbers_have_a_mean_and_no_classes(client: httpx.Client, engine: Engine, use_cases: Path) -> None:
    energy = load_catalog(use_cases)["energy"]
    record_part(engine, energy, [1.0, 2.0, 6.0], START, sources=(Source.API, Source.WEBAPP))
    record_part(engine, energy, [11.0], START + timedelta(seconds=1))
    found = summary(client, use_case="energy", start=START, end=START + timedelta(minutes=1), buckets=2)
    assert (found["rows"], found["by_class"]) == (4, None)
    assert [(one["rows"], one["mean"], one["by_class"]) for one in found["buckets"]] == [(4, 5.0, None)]
    found = summary(client, use_case="energy", start=START, end=START + timedelta(minutes=1), source="api")
    assert [one["mean"] for one in found["buckets"]] == [1.5]


def test_where_nothing_was_predicted_nothing_is_counted(client: httpx.Client) -> None:
    found = summary(client, use_case="iris")
    assert (found["rows"], found["buckets"], found["by_source"]) == (0, [], {})
    assert found["by_class"] == {"setosa": 0, "versicolor": 0, "virginica": 0}


@pytest.mark.usefixtures("worker")
def test_a_worker_counts_what_it_records(client: httpx.Client, engine: Engine, gateway: RunningGateway) -> None:
    batch = uuid4()

    async def publish() -> None:
        async with Publisher(gateway.broker_url, "test") as publisher:
            await publisher.publish(bulk_part(equipment_rows(500), batch))

    asyncio.run(publish())
    table = prediction_table(EQUIPMENT)
    with engine.connect() as connection:
        counts = eventually(lambda: connection.scalar(select(parts.c.counts).where(parts.c.batch_id == batch)))
        predicted = connection.scalars(select(table.c.prediction).where(table.c.batch_id == batch))
        assert counts == {"file": Counter(predicted)}
    now = datetime.now(UTC)
    found = summary(client, start=now - timedelta(minutes=5), end=now + timedelta(minutes=1), source="file")
    assert found["rows"] == 500


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def test_predictions_are_never_read(engine: Engine) -> None:
    with engine.begin() as connection:
        filler = [
            {
                "part_id": UUID(int=number),
                "part_number": 0,
                "use_case": "iris",
                "lane": "bulk",
                "rows": 10_000,
                "model_version": 1,
                "recorded_at": START - timedelta(days=400) + timedelta(seconds=number),
                "counts": {"file": {"setosa": 10_000}},
            }
            for number in range(20_000)
        ]
        connection.execute(insert(parts), filler)
        connection.execute(text("analyze smartpredict.parts"))
        which = CountFilter(
            use_case="iris",
            start=START - timedelta(days=400),
            end=START - timedelta(days=400) + timedelta(seconds=500),
            width=timedelta(seconds=10),
        )
        query = count_query(which).compile(dialect=engine.dialect)
        found = connection.exec_driver_sql(f"explain (format json, analyze) {query}", query.params).scalar_one()
        plan = found if isinstance(found, list) else json.loads(found)
    used = list(nodes(plan[0]["Plan"]))
    assert {node["Relation Name"] for node in used if "Relation Name" in node} == {"parts"}
    assert {node["Index Name"] for node in used if "Index Name" in node} == {"parts_by_time"}
    scan = next(node for node in used if node.get("Relation Name") == "parts")
    assert scan["Actual Rows"] == 500


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"use_case": "nope"}, 404, "unknown-use-case"),
        ({"buckets": 1}, 422, "invalid-parameters"),
        ({"bucket": 60}, 422, "invalid-parameters"),
        ({"start": "2026-03-02", "end": "2026-03-01"}, 422, "invalid-parameters"),
    ],
)
def test_a_bad_question_is_told(client: httpx.Client, query: dict[str, Any], status: int, code: str) -> None:
    problem(client.get("/past-predictions/summary", params=query), status, code)
