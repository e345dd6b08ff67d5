"""What the reference of the API says of health, counters and queues."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.health.answers import Live, Readiness
from gateway_api.reference.documenting import READING, answer_like, problems_among

LIVE: dict[str, Any] = {
    "tags": ["Health"],
    "operation_id": "getLiveness",
    "responses": {200: answer_like("live", model=Live)},
}


READY: dict[str, Any] = {
    "tags": ["Health"],
    "operation_id": "getReadiness",
    "responses": {
        200: answer_like("ready", model=Readiness),
        **problems_among(p.NotReady),
    },
}


METRICS: dict[str, Any] = {
    "tags": ["Health"],
    "operation_id": "getMetrics",
    "responses": {
        200: {
            "description": "In Prometheus' text format.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
}


PROCESSES: dict[str, Any] = {
    "tags": ["Operations"],
    "operation_id": "listProcesses",
    "description": (
        "Returns the processes that run, and those that went in the last 24 hours. Each reports itself each second; one that "
        "has not for two and a half seconds is `silent`: it died, or cannot reach the database."
    ),
    "responses": {200: answer_like("processes"), **problems_among(*READING)},
}


QUEUES: dict[str, Any] = {
    "tags": ["Operations"],
    "operation_id": "listQueues",
    "responses": {200: answer_like("queues"), **problems_among(p.Unauthorized, p.BrokerAway)},
}
