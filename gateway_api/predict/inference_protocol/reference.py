"""What the reference of the API says of the Open Inference Protocol."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.predict.inference_protocol.answers import InferenceAnswer, InferenceError
from gateway_api.predict.inference_protocol.tensors import DATATYPES
from gateway_api.predict.problems import VersionNotServed
from gateway_api.reference.documenting import BYTES, answer_like
from gateway_api.reference.examples import REQUESTS


def errors_among(*kinds: type[p.Problem]) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of an operation, which tell a problem as the protocol has it."""
    documented: dict[int | str, dict[str, Any]] = {}
    for kind in p.in_order({*kinds, p.Problem}):
        status = 400 if kind.status == 422 else kind.status  # noqa: PLR2004  # see gateway_api.door.problem_handlers
        entry = documented.setdefault(status, {"model": InferenceError, "description": ""})
        entry["description"] = "; ".join(filter(None, (entry["description"], kind.title)))
    return documented


def of_version(operation: dict[str, Any]) -> dict[str, Any]:
    """Describe the same operation for one version of a model."""
    extra = operation.get("openapi_extra", {})
    parameter = {
        "name": "version",
        "in": "path",
        "required": True,
        "description": "Version of the model; one that is not served is not found.",
        "schema": {"type": "string"},
    }
    return operation | {
        "operation_id": f"{operation['operation_id']}OfVersion",
        "openapi_extra": extra | {"parameters": [parameter, *extra.get("parameters", ())]},
    }


_LOOKING = (p.Unauthorized, p.InvalidParameters, p.UnknownUseCase, p.DatabaseAway, VersionNotServed)

METADATA: dict[str, Any] = {
    "operation_id": "getServerMetadata",
    "responses": {200: answer_like("server-metadata"), **errors_among(p.Unauthorized)},
}

LIVE: dict[str, Any] = {
    "operation_id": "getServerLive",
    "responses": {200: answer_like("server-live")},
}

READY: dict[str, Any] = {
    "operation_id": "getServerReady",
    "responses": {200: answer_like("server-ready"), **errors_among(p.NotReady)},
}

MODEL: dict[str, Any] = {
    "operation_id": "getModelMetadata",
    "responses": {200: answer_like("model-metadata"), **errors_among(*_LOOKING)},
}

MODEL_READY: dict[str, Any] = {
    "operation_id": "getModelReady",
    "responses": {200: answer_like("model-ready"), **errors_among(*_LOOKING)},
}

_INPUT: dict[str, Any] = {
    "type": "object",
    "required": ["name", "datatype", "shape"],
    "properties": {
        "name": {"type": "string", "description": "Name of the column."},
        "datatype": {"type": "string", "enum": list(DATATYPES)},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1, "maxItems": 2},
        "data": {"type": "array", "items": {}, "description": "The values, flat or nested; null where one is missing."},
        "parameters": {
            "type": "object",
            "properties": {"binary_data_size": {"type": "integer", "minimum": 0}},
        },
    },
}

_OUTPUT: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "parameters": {"type": "object", "properties": {"binary_data": {"type": "boolean"}}},
    },
}

INFER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "id": {"type": "string", "description": "Name of the request; the answer repeats it."},
        "parameters": {
            "type": "object",
            "properties": {
                "binary_data_output": {"type": "boolean", "default": False},
                "idempotent": {
                    "type": "boolean",
                    "default": False,
                    "description": "Whether `id` is an `Idempotency-Key`.",
                },
            },
        },
        "inputs": {"type": "array", "minItems": 1, "items": _INPUT},
        "outputs": {
            "type": "array",
            "items": _OUTPUT,
            "description": "Outputs that are wanted; all where none is named.",
        },
    },
}

INFER: dict[str, Any] = {
    "operation_id": "infer",
    "responses": {
        200: {
            **answer_like("tensors", model=InferenceAnswer),
            "description": "Predicted **and committed**: the predictions are in the database.",
        },
        **errors_among(
            p.MalformedBody, p.Unauthorized, p.UnknownUseCase, VersionNotServed, p.KeyReused, p.TooLarge,
            p.UnsupportedMediaType, p.InvalidRows, p.InvalidParameters, p.Overloaded, p.ScoringFailed, p.BrokerAway,
            p.DatabaseAway, p.NoModel, p.NotReady, p.DeadlinePassed,
        ),
    },
    "description": (
        "Predicts up to 1,000 rows that come as tensors: one of shape `[n]` or `[n, 1]` for each column, by its name, or one "
        "of shape `[n, k]` with any other name for all features that are numbers, in the order of the contract. Columns that "
        "may be empty may be left out; null and NaN are missing values. Either all rows are predicted or none.\n\n"
        "Tensors may stand as bytes behind the JSON (`binary_data_size`, `Inference-Header-Content-Length`), and are answered "
        "so where `binary_data_output` or `binary_data` of an output asks for it. The body may be packed by gzip or deflate; "
        "no Content-Type is needed."
    ),
    "openapi_extra": {
        "parameters": [
            {
                "name": "Inference-Header-Content-Length",
                "in": "header",
                "description": "Where the JSON ends, of a packed body once it is unpacked; not needed without bytes behind it.",
                "schema": {"type": "integer", "minimum": 0},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": INFER_SCHEMA, "examples": {"tensors": {"value": REQUESTS["tensors"]}}},
                "application/octet-stream": {"schema": BYTES},
            },
        },
    },
}  # fmt: skip
