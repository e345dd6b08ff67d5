"""What the reference of the API says of trainings."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.models.trainings.answers import TrainingAnswer
from gateway_api.models.trainings.problems import TooManyTrainings, TrainingEnded, UnknownTraining
from gateway_api.reference.documenting import FILE_BODY, READING, answer_like, location_of, problems_among

_FILE = {**FILE_BODY["requestBody"], "required": False}

ORDER: dict[str, Any] = {
    "operation_id": "orderTraining",
    "status_code": 202,
    "description": (
        "Has a model trained, as `smartpredict train` does, by the contract that is in force: from the data of the use case, "
        "from stored predictions with their labels, or from the file in the body. The answer comes at once; follow `Location` "
        "to see how far it is. The version is registered and held against the gates, and served only once somebody promotes "
        "it. With an `Idempotency-Key` the same order may be sent again: it is one training. Only for keys of the role `admin`."
    ),
    "responses": {
        202: answer_like(
            "training", model=TrainingAnswer, description="It is ordered.", headers=location_of("training")
        ),
        **problems_among(
            p.MalformedBody, p.Unauthorized, p.Forbidden, p.UnknownUseCase, p.KeyReused, p.TooLarge, p.UnsupportedMediaType,
            p.InvalidParameters, p.EmptyUpload, TooManyTrainings, p.DatabaseAway, p.StorageFull,
        ),
    },
    "openapi_extra": {
        "requestBody": _FILE,
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "Names the order, so that it can be sent again.",
                "schema": {"type": "string", "maxLength": 255},
            }
        ],
    },
}  # fmt: skip

TRAININGS: dict[str, Any] = {
    "operation_id": "listTrainings",
    "responses": {200: answer_like("trainings"), **problems_among(*READING)},
}

TRAINING: dict[str, Any] = {
    "operation_id": "getTraining",
    "responses": {200: answer_like("training", "trained"), **problems_among(*READING, UnknownTraining)},
}

CANCEL: dict[str, Any] = {
    "operation_id": "cancelTraining",
    "description": (
        "Ends a training; its process is gone within two seconds. A version that it had registered by then stays in the "
        "registry. Only for keys of the role `admin`."
    ),
    "responses": {
        200: answer_like("training", description="The training as it is from now on."),
        **problems_among(
            p.Unauthorized,
            p.Forbidden,
            p.InvalidParameters,
            p.DatabaseAway,
            p.Overloaded,
            UnknownTraining,
            TrainingEnded,
        ),
    },
}
