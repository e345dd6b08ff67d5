"""The answer of /predict, written straight to bytes; pure."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

from broker.ids import first_prediction_id
from gateway_api.online import OnlineRequest, Predicted
from usecases.row_model import Row
from usecases.spec import Task, UseCase


def encode_answer(use_case: UseCase, request: OnlineRequest, predicted: Predicted) -> bytes:
    """Write what became of a request: every row with its id, its prediction and the values it was made from."""
    first = first_prediction_id(request.received_at, request.batch_id).int
    answer: bytes = orjson.dumps(
        {
            "request_id": request.batch_id,
            "use_case": use_case.name,
            "model_version": predicted.model_version,
            "predictions": [
                _prediction(use_case, UUID(int=first + number), row, predicted, number - 1)
                for number, row in enumerate(request.rows, start=1)
            ],
        }
    )
    return answer


def _prediction(use_case: UseCase, prediction_id: UUID, row: Row, predicted: Predicted, index: int) -> dict[str, Any]:
    values = row.__dict__
    entry: dict[str, Any] = {"id": prediction_id}
    if use_case.key is not None:
        entry["key"] = values[use_case.key]
        values = {name: value for name, value in values.items() if name != use_case.key}
    entry["prediction"] = predicted.predictions[index]
    entry["score"] = predicted.scores[index]
    if use_case.task is Task.MULTICLASS and predicted.class_scores is not None:
        entry["scores"] = dict(zip(use_case.classes, predicted.class_scores[index], strict=True))
    entry["features"] = values
    return entry
