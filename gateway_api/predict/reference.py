"""What the reference of the API says of predicting and checking rows."""

from __future__ import annotations

from typing import Any

from broker.messages import ARROW_STREAM
from gateway_api.door import problems as p
from gateway_api.predict.answers import PredictAnswer
from gateway_api.reference.documenting import BYTES, FILE_BODY, also_as_workbook, answer_like, problems_among
from gateway_api.reference.examples import REQUESTS
from gateway_api.wire.uploads import UnreadableFile
from usecases.formats.registry import FORMATS

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
                "one row": {"value": REQUESTS["one-row"]},
                "several rows": {"value": REQUESTS["several-rows"]},
            },
        }
    },
}


_PREDICTED = answer_like(
    "predicted",
    "explained",
    model=PredictAnswer,
    description="Predicted **and committed**: the predictions are in the database.",
)
_PREDICTED["content"][ARROW_STREAM] = {"schema": BYTES}

PREDICT: dict[str, Any] = {
    "operation_id": "predict",
    "responses": {
        200: _PREDICTED,
        **problems_among(
            p.MalformedBody, p.Unauthorized, p.Forbidden, p.UnknownUseCase, p.KeyReused, p.TooLarge, p.UnsupportedMediaType,
            p.InvalidRows, p.InvalidParameters, p.Overloaded, p.ScoringFailed, p.BrokerAway, p.DatabaseAway, p.NoModel, p.NotReady,
            p.DeadlinePassed,
        ),
    },
    "description": (
        "Predicts one row, or an array of up to 1,000. Either all rows are predicted or none: one bad row refuses the "
        "request, and the answer names every bad value. More rows, or files, go to `POST /batches`.\n\n"
        "Rows may also come as an Arrow stream, and are answered as one where `Accept` names "
        "`application/vnd.apache.arrow.stream`: `row_number`, `id`, `prediction`, `score` and `score_NAME` of each class or "
        "quantile, then the key and the features; its metadata hold `request_id`, `use_case` and `model_version`. "
        "Problems are JSON all the same.\n\n"
        "With `explain=true`, for up to 100 rows, the answer also tells what each feature contributed. "
        "Contributions are not stored.\n\n"
        "With `store=false`, for the page alone, nothing is stored and nothing is counted: what would be predicted, if.\n\n"
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
                "name": "store",
                "in": "query",
                "description": "Whether the predictions are stored; only a key of the role webapp may say no.",
                "schema": {"type": "boolean", "default": True},
            },
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "Any text of your own, such as a UUID, that names this request.",
                "schema": {"type": "string", "maxLength": 255},
            },
        ],
        "requestBody": ROWS_BODY | {"content": ROWS_BODY["content"] | {ARROW_STREAM: {"schema": BYTES}}},
    },
}  # fmt: skip


CHECK: dict[str, Any] = {
    "operation_id": "checkRows",
    "description": (
        "Holds rows against the contract of a use case, with the verdict that `POST /predict` would give: what is good "
        "here is predicted there, as JSON or as an Arrow stream. Bad rows are a result here, with status 200, even if all are bad.\n\n"
        "A file in any format that `POST /batches` takes may be sent as well, in the same ways: its first 1,000 rows are "
        "checked as they would be there, and the answer also has the good ones as values. A file that is written otherwise "
        "than the use case expects gets a `suggestion` how to read it, which `POST /mappings` accepts. `format=xlsx` gives the bad "
        "rows of the file as a workbook, with the cells at fault in red: corrected, it is a file as any other."
    ),
    "responses": {
        200: also_as_workbook(answer_like("checked")),
        **problems_among(
            p.MalformedBody, p.Unauthorized, p.UnknownUseCase, p.TooLarge, p.UnsupportedMediaType, p.InvalidRows,
            p.InvalidParameters, p.EmptyUpload, UnreadableFile, p.DatabaseAway, p.StorageFull,
        ),
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                **ROWS_BODY["content"],
                ARROW_STREAM: {"schema": BYTES},
                **FILE_BODY["requestBody"]["content"],
                **{known.media_type: {"schema": BYTES} for known in FORMATS if known.media_type},
            },
        }
    },
}  # fmt: skip
