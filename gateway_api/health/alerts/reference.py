"""What the reference of the API says of alerts."""

from __future__ import annotations

from typing import Any

from gateway_api.health.alerts.problems import UnknownAlert
from gateway_api.health.alerts.requests import MOST_HOURS, MOST_NAME
from gateway_api.reference.documenting import COMMAND, READING, answer_like, json_body, problems_among

_ALERT: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": MOST_NAME,
    "description": "Name of the alert, as `GET /alerts` gives it.",
}

ALERTS: dict[str, Any] = {
    "operation_id": "listAlerts",
    "description": (
        "Lists what needs somebody now: the verdicts of the monitoring that are bad (drift, quality of what arrives, "
        "silence), and the alerts that fire in Prometheus, in one list and one shape, each with who looks after it. Where "
        "Prometheus is away, the others are listed all the same, and `problem` says why its own are missing. `ended` are those "
        "that were there within the last 24 hours and are not any more, with who looked after them."
    ),
    "responses": {200: answer_like("alerts"), **problems_among(*READING)},
}
ACKNOWLEDGE: dict[str, Any] = {
    "operation_id": "acknowledgeAlert",
    "status_code": 201,
    "description": (
        "Says who looks after an alert, for as long as it lasts: once it has ended and begins again, nobody does. Whoever says "
        "so last counts. Not for keys of the role `api`."
    ),
    "responses": {
        201: answer_like("acknowledged", description="Everybody sees it from now on."),
        **problems_among(*COMMAND, UnknownAlert),
    },
    "openapi_extra": json_body(
        "acknowledge-alert",
        optional=("note",),
        alert=_ALERT,
        since={"type": "string", "format": "date-time", "description": "When it began, as `GET /alerts` gives it."},
        person={"type": "string", "minLength": 1, "maxLength": 200, "description": "Who looks after it."},
        note={"type": "string", "maxLength": 500, "description": "What others should know."},
    ),
}
SILENCE: dict[str, Any] = {
    "operation_id": "silenceAlert",
    "status_code": 201,
    "description": (
        "Has nobody be told of an alert for a day, or as many hours as are given, also where it ends and begins again; it "
        "stays listed, as silenced, behind the others. The silence ends by itself, and what is bad still is told then; 0 hours "
        "end it now. Whoever says so last counts. Alerts of Prometheus are marked alike; whom it tells itself is set there. "
        "Not for keys of the role `api`."
    ),
    "responses": {
        201: answer_like("silenced", description="Nobody is told from now on."),
        **problems_among(*COMMAND, UnknownAlert),
    },
    "openapi_extra": json_body(
        "silence-alert",
        optional=("hours",),
        alert=_ALERT,
        person={"type": "string", "minLength": 1, "maxLength": 200, "description": "Who wants it."},
        reason={"type": "string", "minLength": 1, "maxLength": 500, "description": "Why, for those who come after."},
        hours={"type": "integer", "minimum": 0, "maximum": MOST_HOURS, "default": 24, "description": "For how long."},
    ),
}
