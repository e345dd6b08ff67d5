"""Stored predictions are found by what came true, over all rows: page by page, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, delete, insert

from broker.ids import first_prediction_id
from sql.labels.tables import labels
from sql.predictions.tables import prediction_table
from tests.integration.gateway.conftest import ROW, problem
from tests.support.pipeline import EQUIPMENT

START = datetime(2026, 4, 1, tzinfo=UTC)
ROWS = 240
NO, YES = EQUIPMENT.classes
OUTCOMES = {0: "right", 1: "wrong", 2: "unknown"}
"""By the remainder of the number of a row."""


@pytest.fixture(scope="module")
def ids(engine: Engine) -> Iterator[list[UUID]]:
    """Ids of predictions of which a third is right, a third wrong, and a third not known yet; the newest first."""
    batch = UUID(int=77)
    first = first_prediction_id(START, batch).int
    rows: list[dict[str, Any]] = [
        {
            **ROW,
            "id": UUID(int=first + number),
            "batch_id": batch,
            "row_number": number + 1,
            "source": "api",
            "model_version": 1,
            "received_at": START,
            "created_at": START + timedelta(seconds=1),
            "machine_id": "M-1",
            "prediction": YES if number % 2 else NO,
            "score": 0.5,
        }
        for number in range(ROWS)
    ]
    known = [
        {
            "prediction_id": row["id"],
            "use_case": EQUIPMENT.name,
            "label": row["prediction"] if number % 3 == 0 else {YES: NO, NO: YES}[row["prediction"]],
            "source": "api",
            "labelled_at": START,
        }
        for number, row in enumerate(rows)
        if OUTCOMES[number % 3] != "unknown"
    ]
    table, found = prediction_table(EQUIPMENT), [row["id"] for row in rows]
    with engine.begin() as connection:
        connection.execute(insert(table), rows)
        connection.execute(insert(labels), known)
    yield found[::-1]
    with engine.begin() as connection:
        connection.execute(delete(labels).where(labels.c.prediction_id.in_(found)))
        connection.execute(delete(table).where(table.c.id.in_(found)))


def found_by(client: httpx.Client, **query: Any) -> list[str]:
    """Follow the pages to the last."""
    found: list[str] = []
    while True:
        answer = client.get("/past-predictions", params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [one["id"] for one in page["predictions"]]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


@pytest.mark.parametrize("outcome", ["right", "wrong", "known", "unknown"])
def test_what_came_true_is_looked_for_over_all_rows(client: httpx.Client, ids: list[UUID], outcome: str) -> None:
    wanted = {"right", "wrong"} if outcome == "known" else {outcome}
    fitting = [
        str(one) for number, one in zip(range(ROWS - 1, -1, -1), ids, strict=True) if OUTCOMES[number % 3] in wanted
    ]
    asked = {"outcome": outcome, "start": START.isoformat(), "end": (START + timedelta(hours=1)).isoformat()}
    assert found_by(client, limit=50, **asked) == fitting
    assert found_by(client, limit=50, key="M-1", **asked) == fitting
    text = client.get("/past-predictions", params={**asked, "format": "csv"}).text
    assert [row["id"] for row in csv.DictReader(io.StringIO(text))] == fitting


def test_a_number_is_neither_right_nor_wrong(client: httpx.Client) -> None:
    answer = client.get("/past-predictions", params={"use_case": "pm25", "outcome": "right"})
    problem(answer, 422, "invalid-parameters")
