"""Examples of labels."""

from __future__ import annotations

from typing import Any

STORE_LABELS: dict[str, Any] = {
    "use_case": "equipment_failure",
    "labels": [
        {"prediction_id": "019b76da-a8c1-7a3f-8f13-86cd2d63d94a", "label": "ok"},
        {"key": "mill-7", "label": "failure", "labelled_at": "2026-01-02T16:30:00Z"},
        {"key": "mill-99", "label": "ok"},
    ],
}

ANSWERS: dict[str, dict[str, Any]] = {
    "labels-stored": {
        "use_case": "equipment_failure",
        "received": 3,
        "added": 2,
        "replaced": 0,
        "superseded": 0,
        "unknown": 1,
        "refused": 0,
        "errors": [
            {
                "item": 3,
                "pointer": "/labels/2",
                "code": "unknown",
                "message": ("machine_id 'mill-99' has no prediction within 30 days up to 2026-01-02 17:00:00 UTC"),
            }
        ],
    },
}
"""Answers by the name the reference gives them."""
