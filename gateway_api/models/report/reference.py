"""What the reference of the API says of reports."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.models import problems as m
from gateway_api.models.report.answers import KeptThresholdAnswer
from gateway_api.models.report.requests import MOST_COST
from gateway_api.reference.documenting import READING, answer_like, json_body, page_for_people, problems_among

_READING = (*READING, p.UnknownUseCase, m.UnknownVersion, m.RegistryAway, m.RegistryFailed)
_COST = {"type": ["number", "null"], "minimum": 0, "maximum": MOST_COST, "default": None}

REPORT: dict[str, Any] = {
    "operation_id": "getModelReport",
    "description": (
        "Returns what the training of a version found out about it on rows that it had not seen: importance, curves at every "
        "threshold, confusion, calibration, errors, performance by segment, learning curve. It was computed once, by the "
        "training; a version that was trained before reports were kept, or in a notebook, has none."
    ),
    "responses": {200: answer_like("model-report"), **problems_among(*_READING)},
}


REPORT_PAGE: dict[str, Any] = {
    "operation_id": "getModelReportPage",
    "description": "Returns the report of a version as one page that loads nothing, with other versions laid over its figures.",
    "responses": {
        200: page_for_people("Version 5"),
        **problems_among(*_READING),
    },
}


KEEP_THRESHOLD: dict[str, Any] = {
    "operation_id": "keepThreshold",
    "status_code": 201,
    "description": (
        "Keeps a threshold for a version of a model of two classes, with who, when and why, so that everybody acts on the same "
        "one. Answers name the class from 0.5 on all the same. Only for keys of the role `admin`."
    ),
    "responses": {
        201: answer_like("kept-threshold", model=KeptThresholdAnswer, description="It is kept."),
        **problems_among(
            *_READING, p.MalformedBody, p.Forbidden, p.TooLarge, p.UnsupportedMediaType,
        ),
    },
    "openapi_extra": json_body(
        "keep-threshold",
        optional=("cost_of_false_alarm", "cost_of_miss", "reason"),
        threshold={
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "Probability of the second class from which on its rows are to be acted on.",
        },
        cost_of_false_alarm={**_COST, "description": "What a false alarm costs; given together with `cost_of_miss`."},
        cost_of_miss={**_COST, "description": "What a missed row of the second class costs, in the same unit."},
        reason={"type": "string", "maxLength": 500, "default": "", "description": "Why this threshold."},
    ),
}  # fmt: skip
