"""Examples of measured performance."""

from __future__ import annotations

from typing import Any

_METRICS = {
    "accuracy": {"value": 0.9712, "low": 0.9667, "high": 0.9751},
    "precision": {"value": 0.8102, "low": 0.7368, "high": 0.8668},
    "recall": {"value": 0.6852, "low": 0.6117, "high": 0.7503},
    "f1": {"value": 0.7425, "low": 0.6837, "high": 0.7937},
    "roc_auc": {"value": 0.9604, "low": 0.9418, "high": 0.979},
    "log_loss": {"value": 0.0871, "low": 0.0784, "high": 0.0958},
}
_ESTIMATE = {
    "rows": 9_901,
    "calibrated": True,
    "metrics": {
        "accuracy": 0.9698, "precision": 0.8013, "recall": 0.6716, "f1": 0.7308, "log_loss": 0.0902, "roc_auc": 0.9587,
    },
}  # fmt: skip

ANSWERS: dict[str, dict[str, Any]] = {
    "performance": {
        "use_case": "equipment_failure",
        "task": "binary",
        "start": "2026-01-01T00:00:00Z",
        "end": "2026-01-08T00:00:00Z",
        "bucket_seconds": 604_800,
        "versions": [
            {
                "model_version": 3,
                "predictions": 9_901,
                "labelled": 6_028,
                "metrics": _METRICS,
                "by_class": None,
                "confusion": {"ok": {"ok": 5_743, "failure": 51}, "failure": {"ok": 26, "failure": 208}},
                "estimate": _ESTIMATE,
                "buckets": [
                    {
                        "start": "2026-01-01T00:00:00Z",
                        "predictions": 9_901,
                        "labelled": 6_028,
                        "metrics": _METRICS,
                        "estimate": _ESTIMATE,
                    }
                ],
            }
        ],
    },
}
"""Answers by the name the reference gives them."""
