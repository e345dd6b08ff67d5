"""The answer of /predict, written straight to bytes; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from broker.ids import first_prediction_id
from gateway_api.predict.online import OnlineRequest, Predicted
from usecases.row_model import Row
from usecases.spec import UseCase


def encode_answer(use_case: UseCase, request: OnlineRequest, predicted: Predicted) -> bytes:
    """Write what became of a request: every row with its id, its prediction and the values it was made from."""
    first = first_prediction_id(request.received_at, request.batch_id).int
    content = {
        "request_id": request.batch_id,
        "use_case": use_case.name,
        "model_version": predicted.model_version,
        "predictions": [
            _prediction(use_case, UUID(int=first + number), row, predicted, number - 1)
            for number, row in enumerate(request.rows, start=1)
        ],
    }
    if request.explain:
        content["explanations"] = _explanations(use_case, predicted)
    answer: bytes = orjson.dumps(content)
    return answer


def _explanations(use_case: UseCase, predicted: Predicted) -> list[dict[str, Any]] | None:
    if predicted.contributions is None:
        return None
    outputs = use_case.task.definition.class_outputs(use_case.classes)
    if outputs:
        return [
            {name: _explanation(use_case, shares) for name, shares in zip(outputs, row, strict=True)}
            for row in predicted.contributions
        ]
    return [_explanation(use_case, row[0]) for row in predicted.contributions]


def _explanation(use_case: UseCase, shares: Sequence[float]) -> dict[str, Any]:
    names = [feature.name for feature in use_case.features]
    return {"base_value": shares[-1], "contributions": dict(zip(names, shares[:-1], strict=True))}


def _prediction(use_case: UseCase, prediction_id: UUID, row: Row, predicted: Predicted, index: int) -> dict[str, Any]:
    values = row.__dict__
    entry: dict[str, Any] = {"id": prediction_id}
    if use_case.key is not None:
        entry["key"] = values[use_case.key]
        values = {name: value for name, value in values.items() if name != use_case.key}
    entry["prediction"] = predicted.predictions[index]
    entry["score"] = predicted.scores[index]
    if predicted.class_scores is not None:
        entry["scores"] = dict(zip(use_case.classes, predicted.class_scores[index], strict=True))
    entry["features"] = values
    return entry
