"""Examples of a comparison in shadow."""

from __future__ import annotations

from typing import Any

ANSWERS: dict[str, dict[str, Any]] = {
    "shadow": {
        "use_case": "equipment_failure",
        "start": "2026-01-01T00:00:00Z",
        "end": "2026-01-08T00:00:00Z",
        "challenger": 4,
        "champions": [3],
        "predictions": 9_901,
        "compared": 9_901,
        "different": {"value": 0.0112, "low": 0.0093, "high": 0.0135},
        "confusion": {"ok": {"ok": 9_530, "failure": 73}, "failure": {"ok": 38, "failure": 260}},
        "difference": {
            "mean": 0.0021,
            "mean_absolute": 0.0118,
            "largest": 0.6203,
            "percentiles": {"5": -0.0142, "25": -0.0017, "50": 0.0002, "75": 0.0031, "95": 0.0226},
        },
        "segments": [{"feature": "product_quality", "value": "L", "rows": 5_941, "different": 71}],
        "labelled": 6_028,
        "champion_metrics": {"accuracy": {"value": 0.9712, "low": 0.9667, "high": 0.9751}},
        "challenger_metrics": {"accuracy": {"value": 0.9743, "low": 0.97, "high": 0.978}},
    },
}
"""Answers by the name the reference gives them."""
