"""Events of single rows: as the contract has them, and only where they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from broker.messages import JSON, PartCommitted, PartResults
from inference_worker.results import MAX_EVENT_ROWS, result_events
from usecases.contract.catalog import load_catalog
from usecases.contract.events import EventOptions, ResultFormat

CATALOG = load_catalog()
PART = PartCommitted(
    part_id=uuid4(), batch_id=None, use_case="iris", model_version=3, rows=2, first_id=UUID(int=1), last_id=UUID(int=2),
    committed_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
)  # fmt: skip


def stored(number: int, **more: Any) -> dict[str, Any]:
    identity = {"id": UUID(int=number).bytes, "batch_id": uuid4(), "row_number": number}
    return {**identity, "prediction": "setosa", "score": 0.9, **more}


def test_results_in_json_keep_to_their_contract() -> None:
    iris = CATALOG["iris"].model_copy(update={"key": "flower"})
    rows = [stored(1, flower="F-1", scores=[0.9, 0.1]), stored(2, flower=None, score=None)]
    [event] = result_events(iris, PART, ResultFormat.JSON, rows)
    assert (event.exchange, event.routing_key, event.content_type) == ("results", "results.iris", JSON)
    found = PartResults.model_validate_json(event.body)
    assert (found.part_id, found.number, found.model_version) == (PART.part_id, 1, 3)
    assert [(row.prediction_id, row.key, row.score, row.scores) for row in found.results] == [
        (UUID(int=1), "F-1", 0.9, [0.9, 0.1]),
        (UUID(int=2), None, None, None),
    ]


@pytest.mark.parametrize("rows", [1, MAX_EVENT_ROWS, MAX_EVENT_ROWS + 1])
def test_each_row_is_in_one_event(rows: int) -> None:
    events = result_events(CATALOG["iris"], PART, ResultFormat.JSON, [stored(number) for number in range(1, rows + 1)])
    found = [PartResults.model_validate_json(event.body) for event in events]
    assert [row.row_number for one in found for row in one.results] == list(range(1, rows + 1))
    assert [event.message_id for event in events] == [f"{PART.part_id}/{one.number}" for one in found]


def test_nothing_is_told_unless_it_is_asked_for() -> None:
    assert EventOptions().results is None
    assert all(use_case.events.results is None for use_case in CATALOG.values())
