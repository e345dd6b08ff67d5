"""What the reference docs say of drift and watched quality."""

from __future__ import annotations

from typing import Any

from broker.messages import Source
from gateway_api.door import problems as p
from gateway_api.drift import problems as d
from gateway_api.reference.documenting import COMMAND, READING, answer_like, json_body, problems_among

DRIFT: dict[str, Any] = {
    "operation_id": "judgeDrift",
    "description": (
        "Compares what was scored with what its model was trained on: every feature, the score and the prediction, the "
        "worst first. The time is that of the **commit**. A column `drifted` if the difference is large (its index "
        "without what chance makes of so few rows may exceed `max_psi`), significant (the corrected p-value is at most "
        "0.01) and, where rows come in order, larger than between windows of the training data (`limits`). What is like a window that people accepted as normal has not drifted (`accepted`). Of a drift `change` tells whether it came at once, little by little or with a season. The figures are added up from the counts that workers keep of every part, never by reading "
        "predictions, so a month costs what a day does."
    ),
    "responses": {200: answer_like("drift"), **problems_among(*READING, p.UnknownUseCase)},
}
DRIFT_BY_KEY: dict[str, Any] = {
    "operation_id": "judgeDriftByKey",
    "description": (
        "Tells which machine or region moved, where the use case names `drift.keys`: every number and the score of every key "
        "against the rows of that key in training, the worst hundred. A number of a key `drifted` if its mean moved further "
        "than windows of as many rows of the key did in training, and by what `max_psi` calls large; or if far more values "
        "are missing. One evaluation in a hundred, of all keys and columns, is a false alarm. A key that training did not have is "
        "held against all keys. The figures are added up from counts of hours and days, never by reading predictions."
    ),
    "responses": {200: answer_like("drift-by-key"), **problems_among(*READING, p.UnknownUseCase)},
}
WATCHED_QUALITY: dict[str, Any] = {
    "operation_id": "watchQuality",
    "description": (
        "Follows what arrives in batches over time: rows, bad rows, refused files, what is wrong in which column, and when "
        "something was heard of last. The time is that of the **receipt** of a batch."
    ),
    "responses": {200: answer_like("watched-quality"), **problems_among(*READING, p.UnknownUseCase)},
}
ACCEPTED: dict[str, Any] = {
    "operation_id": "listAcceptedWindows",
    "description": "Lists the windows that people accepted as normal: who, when and why, those in force first.",
    "responses": {200: answer_like("accepted-windows"), **problems_among(*READING, p.UnknownUseCase)},
}
ACCEPT: dict[str, Any] = {
    "operation_id": "acceptWindow",
    "status_code": 201,
    "description": (
        "Accepts a window as normal: from then on rows like those in it, or between them and those of training, have not "
        "drifted. It counts for the version that served last in it (or the one that is named) until it is withdrawn or "
        "another profile of training data takes the place of that one. The same window twice is one. "
        "Only for keys of the role `admin`."
    ),
    "responses": {
        201: answer_like("accepted-window", description="It is normal from now on."),
        **problems_among(*COMMAND, p.UnknownUseCase, d.NothingToAccept, d.TooManyAccepted),
    },
    "openapi_extra": json_body(
        "accept-window",
        optional=("source", "model_version"),
        use_case={"type": "string", "maxLength": 60, "description": "Name of the use case."},
        since={"type": "string", "format": "date-time", "description": "Rows committed then or later."},
        until={"type": "string", "format": "date-time", "description": "Rows committed before."},
        reason={"type": "string", "minLength": 1, "maxLength": 500, "description": "Why it is normal."},
        source={"type": "string", "enum": [*Source], "description": "Only rows that came through this door."},
        model_version={"type": "integer", "minimum": 1, "description": "Only rows scored by this version."},
    ),
}
WITHDRAW: dict[str, Any] = {
    "operation_id": "withdrawWindow",
    "description": "Withdraws an accepted window, which counts no more and stays listed. Only for keys of the role `admin`.",
    "responses": {
        200: answer_like("accepted-window", description="It counts no more."),
        **problems_among(
            p.Unauthorized, p.Forbidden, p.InvalidParameters, p.DatabaseAway, p.Overloaded, d.UnknownAcceptedWindow
        ),
    },
}
