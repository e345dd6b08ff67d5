"""POST /predict?explain=true with a real worker."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from math import exp
from uuid import uuid4

import httpx
import pytest

from gateway_api.predict.answers import Explanation, PredictAnswer
from tests.integration.gateway.conftest import ROW, RunningGateway, problem

pytestmark = pytest.mark.usefixtures("real_worker")

EXPLAIN = {"explain": "true"}


def explained(answer: httpx.Response) -> list[tuple[float, Explanation]]:
    """Return the score and the explanation of each row."""
    assert answer.status_code == 200, answer.text
    content = PredictAnswer.model_validate_json(answer.content)
    assert content.explanations is not None
    found = []
    for prediction, explanation in zip(content.predictions, content.explanations, strict=True):
        assert isinstance(explanation, Explanation)
        assert prediction.score is not None
        assert list(explanation.contributions) == [name for name in ROW if name != "machine_id"]
        found.append((prediction.score, explanation))
    return found


def test_contributions_add_up_to_the_score_of_every_row(client: httpx.Client) -> None:
    rows = [{**ROW, "torque_nm": number / 2 + 20, "rotational_speed_rpm": 1200 + number * 7} for number in range(100)]
    found = explained(client.post("/predict", params=EXPLAIN, json=rows))
    assert len(found) == 100
    for score, explanation in found:
        margin = explanation.base_value + sum(explanation.contributions.values())
        assert 1 / (1 + exp(-margin)) == pytest.approx(score, abs=1e-5)
    assert len({explanation.contributions["torque_nm"] for _, explanation in found}) > 1


def test_who_does_not_ask_is_not_explained(client: httpx.Client) -> None:
    assert "explanations" not in client.post("/predict", json=ROW).json()
    assert "explanations" not in client.post("/predict", params={"explain": "false"}, json=ROW).json()


def test_explained_and_plain_requests_side_by_side_get_each_their_own(gateway: RunningGateway) -> None:
    def ask(number: int) -> bool:
        row = {**ROW, "machine_id": f"m{number}"}
        content = client.post("/predict", params=EXPLAIN if number % 3 == 0 else None, json=row).json()
        assert content["predictions"][0]["key"] == f"m{number}"
        return ("explanations" in content) is (number % 3 == 0)

    with gateway.client(limits=httpx.Limits(max_connections=20)) as client, ThreadPoolExecutor(20) as pool:
        assert all(pool.map(ask, range(120)))


def test_a_repeated_request_is_explained_and_stored_once(client: httpx.Client) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = client.post("/predict", params=EXPLAIN, json=ROW, headers=key)
    second = client.post("/predict", params=EXPLAIN, json=ROW, headers=key)
    assert explained(first) == explained(second)
    assert first.json()["predictions"] == second.json()["predictions"]


def test_more_rows_than_are_explained_at_once_are_refused(client: httpx.Client) -> None:
    content = problem(client.post("/predict", params=EXPLAIN, json=[ROW] * 101), 413, "too-large")
    assert "100 rows" in content["detail"]


@pytest.mark.parametrize("query", ["explain=yes", "explain=", "explain=true&explain=false", "explains=true"])
def test_a_parameter_that_cannot_be_read_is_refused(query: str, client: httpx.Client) -> None:
    assert "explain" in problem(client.post(f"/predict?{query}", json=ROW), 422, "invalid-parameters")["detail"]
