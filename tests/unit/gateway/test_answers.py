"""The answer of /predict holds what its type says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from broker.messages import Source
from gateway_api.predict.answers import Explanation, PredictAnswer
from gateway_api.predict.online import OnlineRequest, Predicted, encode_answer
from gateway_api.predict.stored.answers import past_explanation
from usecases.checking.row_model import example_row, row_model
from usecases.contract.catalog import load_catalog

IRIS = load_catalog()["iris"]
EQUIPMENT = load_catalog()["equipment_failure"]


async def still_here() -> bool:
    return False


def request(use_case: str, *, explain: bool) -> OnlineRequest:
    declared = load_catalog()[use_case]
    row = row_model(declared).model_validate(example_row(declared))
    return OnlineRequest(UUID(int=1), datetime(2026, 1, 1, tzinfo=UTC), Source.API, [row], still_here, explain)


def iris(contributions: list[list[list[float]]] | None) -> Predicted:
    return Predicted(3, ["setosa"], [0.9], [[0.9, 0.06, 0.04]], contributions)


def test_several_classes_are_explained_each() -> None:
    shares = [[[1.0, 2.0, 3.0, 4.0, 0.5], [0.0] * 5, [-1.0, 0, 0, 0, 0.25]]]
    answer = PredictAnswer.model_validate_json(encode_answer(IRIS, request("iris", explain=True), iris(shares)))
    assert answer.explanations is not None
    (found,) = answer.explanations
    assert isinstance(found, dict)
    assert list(found) == ["setosa", "versicolor", "virginica"]
    assert found["setosa"].base_value == 0.5
    assert list(found["setosa"].contributions.items())[:2] == [("sepal_length_cm", 1.0), ("sepal_width_cm", 2.0)]
    assert found["virginica"].contributions["sepal_length_cm"] == -1.0


def test_one_output_is_explained_once_and_without_the_key() -> None:
    predicted = Predicted(3, ["ok"], [0.1], None, [[[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, -4.0]]])
    content = encode_answer(EQUIPMENT, request("equipment_failure", explain=True), predicted)
    (found,) = PredictAnswer.model_validate_json(content).explanations or [None]
    assert isinstance(found, Explanation)
    assert found.base_value == -4.0
    assert list(found.contributions) == [feature.name for feature in EQUIPMENT.features]


@pytest.mark.parametrize("explain", [True, False])
def test_what_is_not_explained_says_so_only_where_it_was_asked_for(explain: bool) -> None:  # noqa: FBT001  # of pytest
    content = encode_answer(IRIS, request("iris", explain=explain), iris(None))
    assert (b'"explanations":null' in content) is explain
    assert PredictAnswer.model_validate_json(content).explanations is None


def test_a_stored_row_of_several_classes_has_a_sum_for_each() -> None:
    shares = [[[1.0, 2.0, 3.0, 4.0, 0.5], [0.0] * 5, [-1.0, 0, 0, 0, 0.25]]]
    row: Any = {"id": UUID(int=1), "prediction": "setosa", "score": 0.9 + 1e-9}
    answer = past_explanation(IRIS, row, iris(shares))
    assert answer.is_same
    assert isinstance(answer.explanation, dict)
    assert {name: one.margin for name, one in answer.explanation.items()} == {
        "setosa": 10.5, "versicolor": 0.0, "virginica": -0.75,
    }  # fmt: skip


@pytest.mark.parametrize("other", [{"prediction": "virginica"}, {"score": 0.8}, {"score": None}])
def test_a_stored_row_says_where_its_answer_is_another(other: dict[str, Any]) -> None:
    row: Any = {"id": UUID(int=1), "prediction": "setosa", "score": 0.9} | other
    answer = past_explanation(IRIS, row, iris(None))
    assert not answer.is_same
    assert answer.explanation is None
