"""Examples of what people who watch the pipeline ask and are answered."""

from __future__ import annotations

from typing import Any

from broker.topology import BULK, INBOX, queue
from gateway_api.door import problems as p
from gateway_api.predict.examples import BATCH_ID, QUARANTINED, ROW, ROW_ERROR

_LETTER_ID = "5a4c1e0b-7d02-8f6e-a1b3-2c9d0e8f7a61"
_BATCH: dict[str, Any] = {
    "batch_id": BATCH_ID,
    "name": "machines.csv",
    "source": "webapp",
    "received_at": "2026-01-01T08:00:00.193000Z",
    "rows_in": 10_000,
    "quarantined": 100,
    "replayed": 1,
}
_SPAN = {"start": "2026-01-01T08:00:00Z", "end": "2026-01-01T09:00:00Z", "bucket_seconds": 60}
_LETTER: dict[str, Any] = {
    "letter_id": _LETTER_ID,
    "number": 12,
    "queue": INBOX,
    "use_case": "equipment_failure",
    "batch_id": None,
    "rows": 0,
    "cause": "the body is not JSON: unexpected end of data",
    "died_at": "2026-01-01T08:00:00.193000Z",
    "replayed_at": None,
    "discarded_at": None,
    "size": 21,
}

REPLAY_ROWS: dict[str, Any] = {
    "use_case": "equipment_failure",
    "rows": [{"batch_id": BATCH_ID, "row_number": 17, "row": ROW}],
}
REPLAY_LETTERS = {"letter_ids": [_LETTER_ID]}

ANSWERS: dict[str, dict[str, Any]] = {
    "checked": {
        "use_case": "equipment_failure",
        "rows_in": 2,
        "good": 1,
        "bad": 1,
        "errors": [ROW_ERROR],
        "errors_total": 1,
    },
    "summary": {
        "use_case": "equipment_failure",
        **_SPAN,
        "rows": 9_901,
        "buckets": [
            {
                "start": "2026-01-01T08:00:00Z",
                "rows": 9_901,
                "by_class": {"ok": 9_603, "failure": 298},
                "mean": None,
            }
        ],
        "by_class": {"ok": 9_603, "failure": 298},
        "by_source": {"webapp": 9_900, "api": 1},
        "by_model_version": {"3": 9_901},
    },
    "bad-rows": {
        "rows": [
            {
                "batch_id": BATCH_ID,
                "batch_name": "machines.csv",
                "use_case": "equipment_failure",
                "source": "webapp",
                **QUARANTINED,
            }
        ],
        "next_cursor": None,
    },
    "quality": {
        "use_case": "equipment_failure",
        **_SPAN,
        "rows_in": 10_000,
        "predicted": 9_900,
        "quarantined": 100,
        "replayed": 1,
        "by_rule": [
            {
                "column": "torque_nm",
                "rule": "maximum",
                "rows": 100,
                "example": "455.0",
                "message": "torque_nm: 455.0 is above the maximum 120.0",
            }
        ],
        "by_batch": [_BATCH],
        "by_time": [{"start": "2026-01-01T08:00:00Z", "rows_in": 10_000, "quarantined": 100}],
    },
    "rows-replayed": {
        "batch_id": "9d1f5c3a-2b7e-8c40-b6a2-7f10e3d4c5b6",
        "name": "repair of machines.csv.bdc53f6646.jsonl",
        "rows": 1,
    },
    "queues": {
        "queues": [
            {
                "name": BULK,
                "purpose": queue(BULK).purpose,
                "exists": True,
                "messages": 12,
                "consumers": 2,
            }
        ]
    },
    "letter-page": {"dead_letters": [_LETTER], "next_cursor": None},
    "letter": {
        **_LETTER,
        "content_type": "application/json",
        "headers": {"cause": _LETTER["cause"], "origin": INBOX, "died_at": "2026-01-01T08:00:00.193000+00:00"},
        "body": '{"torque_nm": 41.5, ',
        "body_truncated": False,
    },
    "letters-replayed": {
        "replayed": [_LETTER_ID],
        "skipped": [
            {"letter_id": "0e8f7a61-1e0b-8d02-9f6e-5a4c2c9da1b3", "message": "it was given up, and its body deleted"}
        ],
    },
}
"""Answers by the name the reference gives them."""


def _error_of_row(rule: str, message: str) -> dict[str, Any]:
    return {"row": 1, "pointer": "/rows/0", "column": None, "rule": rule, "value": None, "message": message}


MEMBERS: dict[type[p.Problem], dict[str, Any]] = {
    p.UnknownRows: {
        "errors": [
            _error_of_row("unknown", f"row 17 of batch {BATCH_ID} is not in quarantine of equipment_failure"),
        ]
    },
    p.AlreadyReplayed: {
        "errors": [
            _error_of_row(
                "already_replayed",
                "row 17 of machines.csv was sent again as batch 9d1f5c3a-2b7e-8c40-b6a2-7f10e3d4c5b6 "
                "at 2026-01-01 08:05:00 UTC",
            ),
        ]
    },
}
"""Further members of problems that only people meet."""
