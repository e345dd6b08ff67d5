"""Examples of drift and watched quality."""

from __future__ import annotations

from typing import Any

_BATCH = "019b76da-a8c1-7a3f-8f13-86cd2d63d94a"
_TORQUE: dict[str, Any] = {
    "feature": "torque_nm",
    "title": "Torque [Nm]",
    "is_number": True,
    "verdict": "drifted",
    "psi": 0.4127,
    "excess_psi": 0.4013,
    "jensen_shannon": 0.0661,
    "chi_square": 811.4,
    "p_value": 4.1e-158,
    "ks": 0.2714,
    "mean_trained": 39.99,
    "mean_served": 46.82,
    "mean_shift": 0.685,
    "missing_trained": 0.0,
    "missing_served": 0.0,
    "histogram": [
        {"label": "below 40.1", "kind": "bin", "trained": 5_000, "served": 452, "trained_share": 0.5, "served_share": 0.226},
        {"label": "40.1 and above", "kind": "bin", "trained": 5_000, "served": 1_548, "trained_share": 0.5, "served_share": 0.774},
        {"label": "missing", "kind": "missing", "trained": 0, "served": 0, "trained_share": 0.0, "served_share": 0.0},
        {"label": "below", "kind": "below", "trained": 0, "served": 0, "trained_share": 0.0, "served_share": 0.0},
        {"label": "above", "kind": "above", "trained": 0, "served": 3, "trained_share": 0.0, "served_share": 0.0015},
    ],
    "over_time": [
        {"start": "2026-01-02T16:00:00Z", "rows": 980, "psi": 0.0214},
        {"start": "2026-01-02T16:30:00Z", "rows": 1_020, "psi": 1.093},
    ],
    "batches": [{"name": "line-3.csv", "batch_id": _BATCH, "rows": 1_000, "part": 0.981}],
    "sources": [{"name": "file", "batch_id": None, "rows": 1_000, "part": 0.981}],
}  # fmt: skip
ANSWERS: dict[str, dict[str, Any]] = {
    "drift": {
        "use_case": "equipment_failure",
        "since": "2026-01-02T16:00:00Z",
        "until": "2026-01-02T17:00:00Z",
        "bucket_seconds": 1_800,
        "source": None,
        "model_version": 3,
        "has_reference": True,
        "verdict": "drifted",
        "rows": 2_000,
        "rows_of_other_versions": 0,
        "minimum_rows": 500,
        "max_psi": 0.2,
        "features": [_TORQUE],
    },
    "watched-quality": {
        "use_case": "equipment_failure",
        "since": "2026-01-02T16:00:00Z",
        "until": "2026-01-02T17:00:00Z",
        "bucket_seconds": 1_800,
        "rows_in": 1_000,
        "quarantined": 12,
        "bad_share": 0.012,
        "max_bad_share": 0.5,
        "freshness": {
            "last_batch_at": "2026-01-02T16:31:07.412Z",
            "last_prediction_at": "2026-01-02T16:31:07.901Z",
            "silent_seconds": 41.3,
        },
        "trend": [
            {
                "start": "2026-01-02T16:30:00Z",
                "batches": 2,
                "refused": 1,
                "rows_in": 1_000,
                "quarantined": 12,
                "bad_share": 0.012,
            }
        ],
        "by_column": [{"column": "torque_nm", "rows": 12}],
        "by_rule": [
            {
                "column": "torque_nm",
                "rule": "maximum",
                "rows": 12,
                "example": "950.0",
                "message": "torque_nm: 950.0 is above the maximum 120.0",
            }
        ],
        "by_batch": [
            {
                "batch_id": _BATCH,
                "name": "line-3.csv",
                "source": "file",
                "received_at": "2026-01-02T16:31:07.412Z",
                "rows_in": 1_000,
                "quarantined": 12,
                "replayed": 0,
            }
        ],
        "refused": [
            {
                "batch_id": "019b76da-a8c2-7b10-8f13-86cd2d63d94b",
                "name": "line-4.csv",
                "source": "file",
                "received_at": "2026-01-02T16:30:12.104Z",
                "problem": "missing column 'torque_nm'; unknown column 'torque'",
                "is_schema_change": True,
            }
        ],
    },
}
"""Answers by the name the reference gives them."""
