"""POST /predict?store=false with a real worker: scored and explained as ever, and nothing of it is left anywhere."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, func, select

from broker.messages import PartHeader
from sql.base.tables import batches, parts
from sql.predictions.tables import prediction_table
from sql.profiles.tables import part_profiles
from tests.integration.gateway.conftest import ROW, RunningGateway, problem
from tests.support.pipeline import EQUIPMENT

pytestmark = pytest.mark.usefixtures("real_worker")

NOT_STORED = {"store": "false", "explain": "true"}
TABLES = (prediction_table(EQUIPMENT), parts, part_profiles, batches)


def stored(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return [connection.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def online_rows(client: httpx.Client) -> str:
    lines = client.get("/metrics").text.splitlines()
    return next(
        (line for line in lines if line.startswith('smartpredict_online_rows_total{use_case="equipment_failure"')), ""
    )


def test_what_is_not_stored_is_answered_alike_and_leaves_nothing(gateway: RunningGateway, engine: Engine) -> None:
    rows = [{**ROW, "torque_nm": torque} for torque in (20.0, 40.0, 60.0)]
    with gateway.client("webapp") as page:
        kept = page.post("/predict", params={"explain": "true"}, json=rows).json()
        before = stored(engine), online_rows(page)
        answer = page.post("/predict", params=NOT_STORED, json=rows)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["stored"] is False
        assert "stored" not in kept
        assert found["explanations"] == kept["explanations"]
        assert [one["score"] for one in found["predictions"]] == [one["score"] for one in kept["predictions"]]
        assert (stored(engine), online_rows(page)) == before
        [first, *_] = found["predictions"]
        assert first["id"] not in page.get("/past-predictions?limit=10").text


@pytest.mark.parametrize("role", ["api", "admin"])
def test_it_is_for_the_page_alone(gateway: RunningGateway, role: str) -> None:
    with gateway.client(role) as client:
        content = problem(client.post("/predict", params=NOT_STORED, json=ROW), 403, "forbidden")
    assert "for the page alone" in content["detail"]


def test_a_key_of_the_request_names_what_is_stored(gateway: RunningGateway) -> None:
    with gateway.client("webapp") as page:
        headers = {"Idempotency-Key": str(uuid4())}
        problem(page.post("/predict", params=NOT_STORED, json=ROW, headers=headers), 422, "invalid-parameters")
        problem(page.post("/predict?store=no", json=ROW), 422, "invalid-parameters")


def test_a_worker_that_does_not_know_it_refuses_it() -> None:
    """The contract has another name, so that a worker from before does not store what it takes for a prediction."""
    header = PartHeader.model_validate(
        {
            "contract": "ScoringOnly/1", "part_id": uuid4(), "use_case": "x", "schema_hash": "y", "lane": "online",
            "segments": [{"batch_id": uuid4(), "received_at": "2026-01-01T00:00:00Z", "source": "webapp", "rows": 1}],
        }
    )  # fmt: skip
    assert header.to_headers()["contract"] == "ScoringOnly/1"
    assert not PartHeader.from_headers(header.to_headers()).is_stored
