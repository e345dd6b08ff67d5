"""What the reference docs say of labels."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.labels.requests import MOST_LABELS
from gateway_api.reference.documenting import FILE_BODY, answer_like, closed_object, json_body, problems_among
from gateway_api.wire.uploads import UnreadableFile

_LABEL = closed_object(
    optional=("prediction_id", "key", "labelled_at"),
    prediction_id={
        "type": ["string", "null"],
        "maxLength": 100,
        "description": "Id of the prediction, a UUID; what is none is told in `errors`.",
    },
    key={"type": ["string", "number", "null"], "description": "Key of the row, instead of the id."},
    label={
        "oneOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}],
        "description": (
            "The class, by its name or as the training data writes it; numbers are compared as numbers, of two classes "
            "true and false are those written true and false, 1 and 0, or yes and no. Or the number that came true. "
            "Null is told in `errors` as missing."
        ),
    },
    labelled_at={
        "type": ["string", "null"],
        "maxLength": 100,
        "description": (
            "When it was known, as in `2026-03-01T12:30:00Z`; now, if not given or empty. UTC where no offset is given. "
            "What is no time is told in `errors`."
        ),
    },
)

LABELS: dict[str, Any] = {
    "operation_id": "storeLabels",
    "description": (
        f"Stores what came true, for up to {MOST_LABELS:,} predictions at once; status 200 means committed. A prediction is "
        "named by its id, or by the key of its row: then the latest prediction of that key is meant that was received "
        "up to `labelled_at`, within 30 days before. The label with the latest `labelled_at` stays, of two with the same the last. "
        "A label that is bad, or whose prediction is not found, is told in `errors` and keeps none of the others."
    ),
    "responses": {
        200: answer_like("labels-stored", description="The good labels are committed; `errors` tells of the others."),
        **problems_among(
            p.MalformedBody, p.Unauthorized, p.UnknownUseCase, p.TooLarge, p.UnsupportedMediaType, p.InvalidParameters,
            p.DatabaseAway, p.QueryTooSlow, p.Overloaded,
        ),
    },
    "openapi_extra": json_body(
        "store-labels",
        use_case={"type": "string", "description": "Use case of the predictions."},
        labels={"type": "array", "minItems": 1, "maxItems": MOST_LABELS, "items": _LABEL},
    ),
}  # fmt: skip


LABEL_FILE: dict[str, Any] = {
    "operation_id": "storeLabelFile",
    "description": (
        "Stores the labels of a file, in any format that `POST /batches` takes, all that are good with one commit. Its columns "
        "`prediction_id` or `id`, or the key or `key`; the target or `label`; and `labelled_at` count, others are left alone. With "
        "`dry_run` nothing is stored: the answer tells what would be, and what is not found or bad, and why."
    ),
    "responses": {
        200: answer_like("label-file"),
        **problems_among(
            p.MalformedBody, p.Unauthorized, p.UnknownUseCase, p.TooLarge, p.UnsupportedMediaType, p.InvalidParameters,
            p.EmptyUpload, UnreadableFile, p.DatabaseAway, p.QueryTooSlow, p.Overloaded, p.StorageFull,
        ),
    },
    "openapi_extra": FILE_BODY,
}  # fmt: skip
