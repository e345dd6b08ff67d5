"""What the reference docs say of each operation beyond its types."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.predict import examples as ex
from gateway_api.reference.documenting import READING, answer_like, location_of, problems_among
from gateway_api.wire.answers import (
    Live,
    ModelList,
    PredictAnswer,
    PredictionPage,
    QuarantinePage,
    Readiness,
    UploadAnswer,
)

ROWS_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "oneOf": [
                    {"type": "object", "title": "Row"},
                    {"type": "array", "title": "Rows", "items": {"type": "object"}, "minItems": 1, "maxItems": 1_000},
                ],
                "description": "A row of the use case; `GET /use-cases/{name}` gives its columns.",
            },
            "examples": {
                "one row": {"value": ex.ROW},
                "several rows": {"value": [ex.ROW, {**ex.ROW, "machine_id": "mill-8", "torque_nm": 64.2}]},
            },
        }
    },
}

PREDICT: dict[str, Any] = {
    "tags": ["Predict"],
    "operation_id": "predict",
    "responses": {
        200: answer_like(
            "predicted",
            "explained",
            model=PredictAnswer,
            description="Predicted **and committed**: the predictions are in the database.",
        ),
        **problems_among(
            p.MalformedBody, p.Unauthorized, p.UnknownUseCase, p.KeyReused, p.TooLarge, p.UnsupportedMediaType, p.InvalidRows,
            p.InvalidParameters, p.Overloaded, p.ScoringFailed, p.BrokerAway, p.DatabaseAway, p.NoModel, p.NotReady,
            p.DeadlinePassed,
        ),
    },
    "description": (
        "Predicts one row, or an array of up to 1,000. Either all rows are predicted or none: one bad row refuses the "
        "request, and the answer names every bad value. More rows, or files, go to `POST /batches`.\n\n"
        "With `explain=true`, for up to 100 rows, the answer also tells what each feature contributed. "
        "Contributions are not stored.\n\n"
        "With an `Idempotency-Key` the same request may be sent again, for 24 hours: it is predicted once and gets the "
        "same ids and the same answer. Without one, a request whose answer was lost may be stored twice if it is repeated."
    ),
    "openapi_extra": {
        "parameters": [
            {
                "name": "use_case",
                "in": "query",
                "description": "Name of the use case.",
                "schema": {"type": "string", "default": "equipment_failure"},
            },
            {
                "name": "explain",
                "in": "query",
                "description": "Whether the answer tells what each feature contributed (SHAP values of the trees).",
                "schema": {"type": "boolean", "default": False},
            },
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "Any text of your own, such as a UUID, that names this request.",
                "schema": {"type": "string", "maxLength": 255},
            },
        ],
        "requestBody": ROWS_BODY,
    },
}  # fmt: skip

_UPLOAD_SCHEMA = {"type": "string", "format": "binary"}
UPLOAD: dict[str, Any] = {
    "operation_id": "uploadBatch",
    "status_code": 202,
    "description": (
        "Takes a file of any size: CSV, Parquet or JSON Lines, also with gzip. Send it as the body with its name in "
        "`?name=` or `Content-Disposition`, or as a form with one file field. The answer comes when the file is safely "
        "stored; follow `Location` to see its rows predicted. The same file under the same name is the same batch, "
        "however often it is sent."
    ),
    "responses": {
        202: answer_like(
            "uploaded",
            model=UploadAnswer,
            description="The file is stored and will be read.",
            headers=location_of("batch"),
        ),
        **problems_among(
            p.MalformedBody, p.Unauthorized, p.UnknownUseCase, p.NameTaken, p.TooLarge, p.UnsupportedMediaType,
            p.InvalidParameters, p.EmptyUpload, p.DatabaseAway, p.StorageFull,
        ),
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": _UPLOAD_SCHEMA},
                "text/csv": {"schema": _UPLOAD_SCHEMA},
                "multipart/form-data": {
                    "schema": {"type": "object", "properties": {"file": _UPLOAD_SCHEMA}, "required": ["file"]}
                },
            },
        }
    },
}  # fmt: skip


def _page_or_file(example: str, model: Any, csv: str) -> dict[str, Any]:
    answer = answer_like(example, model=model, description="One page, or all rows as CSV.")
    answer["content"]["text/csv"] = {"schema": {"type": "string"}, "example": csv}
    return answer


BATCHES: dict[str, Any] = {
    "operation_id": "listBatches",
    "responses": {200: answer_like("batches"), **problems_among(*READING)},
}
BATCH: dict[str, Any] = {
    "operation_id": "getBatch",
    "responses": {200: answer_like("batch"), **problems_among(*READING, p.UnknownBatch)},
}
BATCH_PREDICTIONS: dict[str, Any] = {
    "operation_id": "listPredictionsOfBatch",
    "responses": {
        200: _page_or_file("predictions", PredictionPage, ex.CSV),
        **problems_among(*READING, p.UnknownBatch, p.UnknownUseCase),
    },
}
BATCH_QUARANTINE: dict[str, Any] = {
    "operation_id": "listQuarantineOfBatch",
    "responses": {
        200: _page_or_file("quarantine", QuarantinePage, ex.QUARANTINE_CSV),
        **problems_among(*READING, p.UnknownBatch, p.UnknownUseCase),
    },
}
PAST_PREDICTIONS: dict[str, Any] = {
    "operation_id": "listPastPredictions",
    "description": (
        "Lists stored predictions, the newest first. Pages follow `next_cursor`, and rows that arrive meanwhile neither "
        "shift nor repeat them. A page looks through 300,000 rows at most: where a filter by door or version finds "
        "few, it comes with less than `limit` rows and says in `searched_to` how far it got. `format=csv` gives all rows "
        "of the range as one stream instead."
    ),
    "responses": {
        200: {
            "model": PredictionPage,
            "description": "One page, or all rows as CSV.",
            "content": {
                "application/json": answer_like("predictions")["content"]["application/json"],
                "text/csv": {"schema": {"type": "string"}, "example": ex.CSV},
            },
        },
        **problems_among(*READING, p.UnknownUseCase),
    },
}
USE_CASES: dict[str, Any] = {
    "operation_id": "listUseCases",
    "responses": {200: answer_like("use-cases"), **problems_among(p.Unauthorized)},
}
USE_CASE: dict[str, Any] = {
    "operation_id": "getUseCase",
    "responses": {
        200: answer_like("use-case"),
        **problems_among(p.Unauthorized, p.UnknownUseCase, p.InvalidParameters),
    },
}
TEMPLATE: dict[str, Any] = {
    "operation_id": "getTemplate",
    "responses": {
        200: {
            "description": "A CSV file with one row of examples.",
            "content": {"text/csv": {"schema": {"type": "string"}, "example": ",".join(ex.ROW) + "\n"}},
        },
        **problems_among(p.Unauthorized, p.UnknownUseCase, p.InvalidParameters),
    },
}
MODELS: dict[str, Any] = {
    "operation_id": "listModels",
    "tags": ["Models"],
    "responses": {
        200: answer_like(
            "models",
            model=ModelList,
        ),
        **problems_among(p.Unauthorized, p.DatabaseAway, p.Overloaded),
    },
}
LIVE: dict[str, Any] = {"operation_id": "getLiveness", "responses": {200: answer_like("live", model=Live)}}
READY: dict[str, Any] = {
    "operation_id": "getReadiness",
    "responses": {
        200: answer_like("ready", model=Readiness),
        **problems_among(p.NotReady),
    },
}
METRICS: dict[str, Any] = {
    "operation_id": "getMetrics",
    "responses": {
        200: {
            "description": "In Prometheus' text format.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
}
