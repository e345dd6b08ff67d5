"""Stored rows looked at again, with a real worker: why each was predicted so, and which others are like it."""

from __future__ import annotations

from math import exp
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, func, select, update

from gateway_api.predict.stored.answers import NearestPredictions, PastExplanation, SummedExplanation
from sql.base.tables import batches, parts
from sql.predictions.tables import prediction_table
from sql.profiles.tables import part_profiles
from tests.integration.gateway.conftest import ROW, RunningGateway, problem
from tests.support.pipeline import EQUIPMENT

pytestmark = pytest.mark.usefixtures("real_worker")

TABLE = prediction_table(EQUIPMENT)


@pytest.fixture
def predicted(client: httpx.Client) -> dict[str, Any]:
    """A row that was predicted, stored and explained a moment ago."""
    answer = client.post("/predict", params={"explain": "true"}, json={**ROW, "torque_nm": 65.5})
    assert answer.status_code == 200, answer.text
    return {**answer.json()["predictions"][0], "why": answer.json()["explanations"][0]}


def why(client: httpx.Client, prediction_id: str, **query: str) -> httpx.Response:
    return client.get(f"/past-predictions/{prediction_id}/explanation", params=query)


def change(engine: Engine, prediction_id: str, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(update(TABLE).where(TABLE.c.id == UUID(prediction_id)).values(**values))


def stored(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        tables = (TABLE, parts, part_profiles, batches)
        return [connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_a_stored_row_is_explained_as_it_was_when_it_was_predicted(
    client: httpx.Client, engine: Engine, predicted: dict[str, Any]
) -> None:
    before = stored(engine)
    found = PastExplanation.model_validate_json(why(client, predicted["id"]).content)
    assert stored(engine) == before
    assert isinstance(found.explanation, SummedExplanation)
    assert found.explanation.contributions == pytest.approx(predicted["why"]["contributions"])
    assert found.explanation.base_value == pytest.approx(predicted["why"]["base_value"])
    assert found.score == found.stored_score == predicted["score"]
    assert (found.prediction, found.is_same) == (found.stored_prediction, True)
    assert found.score == pytest.approx(1 / (1 + exp(-found.explanation.margin)), abs=1e-5)


def test_another_answer_than_the_stored_one_is_told(
    client: httpx.Client, engine: Engine, predicted: dict[str, Any]
) -> None:
    change(engine, predicted["id"], score=predicted["score"] + 0.01)
    found = PastExplanation.model_validate_json(why(client, predicted["id"]).content)
    assert not found.is_same
    assert found.stored_score == predicted["score"] + 0.01
    assert found.score == predicted["score"]


def test_a_version_that_is_served_no_more_is_not_asked(
    client: httpx.Client, engine: Engine, predicted: dict[str, Any]
) -> None:
    change(engine, predicted["id"], model_version=4_711)
    content = problem(why(client, predicted["id"]), 404, "version-not-served")
    assert "Version 4711 made this prediction and is not served any more" in content["detail"]


@pytest.mark.parametrize("role", ["api", "webapp", "admin"])
def test_whoever_may_read_it_may_ask_why(gateway: RunningGateway, predicted: dict[str, Any], role: str) -> None:
    with gateway.client(role) as client:
        assert why(client, predicted["id"]).status_code == 200


def test_what_is_not_stored_has_no_explanation(client: httpx.Client, predicted: dict[str, Any]) -> None:
    nobody = "019b76da-a8c1-7a3f-8f13-86cd2d63d94a"
    assert nobody in problem(why(client, nobody), 404, "unknown-prediction")["detail"]
    problem(why(client, predicted["id"], use_case="iris"), 404, "unknown-prediction")
    problem(why(client, predicted["id"], use_case="nothing"), 404, "unknown-use-case")
    problem(why(client, "none"), 422, "invalid-parameters")


def nearest(client: httpx.Client, prediction_id: str, **query: int) -> NearestPredictions:
    answer = client.get(f"/past-predictions/{prediction_id}/nearest", params=query)
    assert answer.status_code == 200, answer.text
    return NearestPredictions.model_validate_json(answer.content)


def test_the_nearest_rows_come_first_with_what_came_true(client: httpx.Client, engine: Engine) -> None:
    lengths = [20.0, 20.5, 21.0, 26.0, 60.0]
    rows = [{**ROW, "torque_nm": torque, "tool_wear_min": 3, "product_quality": "H"} for torque in lengths]
    ids = [one["id"] for one in client.post("/predict", json=rows).json()["predictions"]]
    label = {"prediction_id": ids[1], "label": "failure"}
    assert client.post("/labels", json={"use_case": EQUIPMENT.name, "labels": [label]}).json()["added"] == 1
    found = nearest(client, ids[0], limit=4)
    assert [str(one.prediction.id) for one in found.nearest] == ids[1:]
    distances = [one.distance for one in found.nearest]
    assert distances == sorted(distances)
    assert 0 < distances[0] < distances[-1] < 1
    assert [one.prediction.label for one in found.nearest] == ["failure", None, None, None]
    with engine.connect() as connection:
        assert found.looked_at == (connection.scalar(select(func.count()).select_from(TABLE)) or 0) - 1


def test_equal_rows_lie_at_no_distance_and_other_names_at_a_share_each(client: httpx.Client) -> None:
    row = {**ROW, "torque_nm": 3.25, "tool_wear_min": 240}
    asked = client.post("/predict", json=[row, row, {**row, "product_quality": "L"}]).json()["predictions"]
    same, other = nearest(client, asked[0]["id"], limit=2).nearest
    assert (str(same.prediction.id), same.distance) == (asked[1]["id"], 0.0)
    assert str(other.prediction.id) == asked[2]["id"]
    assert other.distance == pytest.approx(1 / len(EQUIPMENT.features))


def test_the_nearest_of_nothing(client: httpx.Client, predicted: dict[str, Any]) -> None:
    path = "/past-predictions/019b76da-a8c1-7a3f-8f13-86cd2d63d94a/nearest"
    problem(client.get(path), 404, "unknown-prediction")
    problem(client.get(f"/past-predictions/{predicted['id']}/nearest?limit=0"), 422, "invalid-parameters")
