"""Examples shown in the reference docs."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p

ROW: dict[str, Any] = {
    "machine_id": "mill-7",
    "product_quality": "M",
    "air_temperature_k": 300.1,
    "process_temperature_k": 310.4,
    "rotational_speed_rpm": 1480,
    "torque_nm": 41.5,
    "tool_wear_min": 108,
}
FEATURES = {name: value for name, value in ROW.items() if name != "machine_id"}
BATCH_ID = "3f0c8f2e-6f0b-8a51-9d3e-6b7a0f1c2d4e"
PREDICTION: dict[str, Any] = {
    "id": "019b76da-a8c1-7a3f-8f13-86cd2d63d94a",
    "key": "mill-7",
    "prediction": "ok",
    "score": 0.0183,
    "features": FEATURES,
}
STORED: dict[str, Any] = {
    "id": "019b76da-a8c1-7a3f-8f13-86cd2d63d94a",
    "batch_id": BATCH_ID,
    "row_number": 1,
    "source": "api",
    "model_version": 3,
    "received_at": "2026-01-01T08:00:00.193000Z",
    "created_at": "2026-01-01T08:00:00.201377Z",
    **{name: value for name, value in PREDICTION.items() if name != "id"},
}
PAGE = {
    "use_case": "equipment_failure",
    "predictions": [STORED],
    "next_cursor": "AZt22qjBej-PE4bNLWPZSg",
    "searched_to": None,
}
CSV = (
    "id,batch_id,row_number,source,model_version,received_at,created_at,machine_id,product_quality,air_temperature_k,"
    "process_temperature_k,rotational_speed_rpm,torque_nm,tool_wear_min,prediction,score\n"
    f"019b76da-a8c1-7a3f-8f13-86cd2d63d94a,{BATCH_ID},1,api,3,2026-01-01T08:00:00.193000Z,2026-01-01T08:00:00.201377Z,"
    "mill-7,M,300.1,310.4,1480,41.5,108,ok,0.0183\n"
)

LEDGER: dict[str, Any] = {
    "batch_id": BATCH_ID,
    "use_case": "equipment_failure",
    "source": "webapp",
    "name": "machines.csv",
    "state": "ingested",
    "done": True,
    "balanced": True,
    "rows": {"rows_in": 10_000, "predicted": 9_900, "quarantined": 100, "dead_lettered": 0, "pending": 0},
    "progress": 1.0,
    "problem": None,
    "model_version": 3,
    "received_at": "2026-01-01T08:00:00.193000Z",
    "read_at": "2026-01-01T08:00:00.912114Z",
    "committed_at": "2026-01-01T08:00:01.043909Z",
    "seconds_to_commit": 0.851,
}

ROW_ERROR: dict[str, Any] = {
    "row": 2,
    "pointer": "/1/torque_nm",
    "column": "torque_nm",
    "rule": "maximum",
    "value": "455.0",
    "message": "torque_nm: 455.0 is above the maximum 120.0",
}

QUARANTINED: dict[str, Any] = {
    "row_number": 17,
    "raw": '{"product_quality": "M", "torque_nm": "455"}',
    "reasons": [{name: value for name, value in ROW_ERROR.items() if name not in {"row", "pointer"}}],
    "created_at": "2026-01-01T08:00:00.912114Z",
    "replayed_as": None,
    "replayed_at": None,
}

QUARANTINE_CSV = (
    "machine_id,product_quality,air_temperature_k,process_temperature_k,rotational_speed_rpm,torque_nm,tool_wear_min,"
    "row_number,reasons,raw\n"
    ",M,,,,455,,17,torque_nm: 455.0 is above the maximum 120.0,\n"
)

UPLOADED: dict[str, Any] = {
    "batch_id": BATCH_ID,
    "use_case": "equipment_failure",
    "name": "machines.csv",
    "state": "received",
    "received_at": "2026-01-01T08:00:00.193000Z",
    "size": 40211,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}

SERVED: dict[str, Any] = {
    "use_case": "equipment_failure",
    "versions": [{"version": 3, "workers": ["worker-1"]}],
    "problems": {},
}

PREDICTED: dict[str, Any] = {
    "request_id": BATCH_ID,
    "use_case": "equipment_failure",
    "model_version": 3,
    "predictions": [PREDICTION],
}

EXPLANATION: dict[str, Any] = {
    "base_value": -4.1207,
    "contributions": {
        "product_quality": -0.0412,
        "air_temperature_k": 0.1038,
        "process_temperature_k": -0.0127,
        "rotational_speed_rpm": -0.2216,
        "torque_nm": 0.3391,
        "tool_wear_min": -0.0289,
    },
}

USE_CASE: dict[str, Any] = {
    "name": "equipment_failure",
    "title": "Equipment failure",
    "description": "Tells whether a milling machine fails at an operating point.",
    "task": "binary",
    "default": True,
}

FEATURE: dict[str, Any] = {
    "name": "torque_nm",
    "type": "float",
    "title": "Torque [Nm]",
    "description": "Torque at the spindle.",
    "unit": "Nm",
    "nullable": False,
    "minimum": 0.0,
    "maximum": 120.0,
    "values": None,
    "example": 41.5,
}

ANSWERS: dict[str, dict[str, Any]] = {
    "predicted": PREDICTED,
    "explained": {**PREDICTED, "explanations": [EXPLANATION]},
    "uploaded": UPLOADED,
    "batches": {"batches": [LEDGER], "next_cursor": None},
    "batch": LEDGER,
    "predictions": PAGE,
    "quarantine": {
        "batch_id": BATCH_ID,
        "use_case": "equipment_failure",
        "rows": [QUARANTINED],
        "next_cursor": None,
    },
    "use-cases": {"use_cases": [USE_CASE]},
    "use-case": {
        **USE_CASE,
        "mode": "on_arrival",
        "target": "machine_failure",
        "classes": ["ok", "failure"],
        "key": "machine_id",
        "features": [FEATURE],
        "rules": [
            {"name": "turns", "check": "torque_nm > 0", "description": "A machine that stands needs no prediction."}
        ],
        "schema_hash": "0c1d2e3f4a5b",
        "max_bad_share": 0.5,
        "example": {"machine_id": "mill-7", "torque_nm": 41.5},
    },
    "models": {"models": [SERVED]},
    "live": {"status": "live"},
    "ready": {"status": "ready", "checks": [{"name": "database", "ok": True, "detail": "answers"}]},
}
"""Answers by the name the reference gives them."""

_MEMBERS: dict[type[p.Problem], dict[str, Any]] = {
    p.InvalidRows: {"errors": [ROW_ERROR], "errors_total": 1},
    p.InvalidParameters: {
        "errors": [{"parameter": "limit", "in": "query", "message": "Input should be less than 1001"}]
    },
    p.NotReady: {"checks": [{"name": "queue predict.bulk", "ok": False, "detail": "0 consumers"}]},
}


def example_of(kind: type[p.Problem]) -> dict[str, Any]:
    """Give an example of a problem."""
    return {
        "type": f"/docs#problem-{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": (kind.__doc__ or "").strip(),
        "instance": "urn:uuid:8d9f2a53-53b5-4f5e-8a3e-0f7f6a1b2c3d",
        "code": kind.code,
        "request_id": "8d9f2a53-53b5-4f5e-8a3e-0f7f6a1b2c3d",
        **_MEMBERS.get(kind, {}),
    }
