"""Examples of versions of models."""

from __future__ import annotations

from typing import Any

from gateway_api.door.problems import Problem
from gateway_api.models import problems as m
from registry.gates import Gate, Verdict

PROMOTE: dict[str, Any] = {"version": 4}

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_AT = "2026-01-01T08:00:00.193000Z"


def _gate(gate: Gate, detail: str, verdict: Verdict = Verdict.PASSED) -> dict[str, str]:
    return {"gate": gate.value, "verdict": verdict.value, "detail": detail}


_FILES = [
    _gate(Gate.FORMAT, "XGBoost's own, 60 rounds"),
    _gate(Gate.DIGEST, _DIGEST[:12]),
    _gate(Gate.SCHEMA, "0c1d2e3f4a5b"),
    _gate(Gate.GOLDEN, "as recorded, to the bit"),
]
_GATES = [*_FILES, _gate(Gate.METRICS, "roc_auc 0.9612, the champion has 0.9604")]
_CHANGE: dict[str, Any] = {
    "kind": "promoted",
    "actor": "admin",
    "from_version": 3,
    "to_version": 4,
    "gates": _GATES,
    "at": _AT,
}

ANSWERS: dict[str, dict[str, Any]] = {
    "model-versions": {
        "use_case": "equipment_failure",
        "versions": [
            {
                "version": 4,
                "aliases": ["champion"],
                "created_at": _AT,
                "metrics": {"roc_auc": 0.9612, "log_loss": 0.0841},
                "tags": {"digest": _DIGEST, "schema_hash": "0c1d2e3f4a5b", "rows": "10000"},
                "fits": True,
                "run_url": "http://127.0.0.1:5000/#/experiments/1/runs/5f2c7a90d1c84f0e9b1f",
            }
        ],
    },
    "champion-history": {"use_case": "equipment_failure", "changes": [_CHANGE]},
    "champion": {
        "use_case": "equipment_failure",
        "version": 4,
        "from_version": 3,
        "gates": _GATES,
        "announced": True,
    },
}
"""Answers by the name the reference gives them."""

MEMBERS: dict[type[Problem], dict[str, Any]] = {
    m.PromotionRefused: {
        "gates": [
            *_FILES,
            _gate(
                Gate.METRICS,
                "roc_auc is 0.8100, 15.7% worse than the champion's 0.9604; the use case allows 2.0%",
                Verdict.REFUSED,
            ),
        ]
    }
}
"""Further members of problems."""
