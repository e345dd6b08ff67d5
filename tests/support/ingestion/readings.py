"""Readings of machines as files and messages hold them: good ones, and each way to be bad."""

from __future__ import annotations

import json
from typing import Any

HEADER = (
    "machine_id,product_quality,air_temperature_k,process_temperature_k,rotational_speed_rpm,torque_nm,tool_wear_min\n"
)
READING: dict[str, Any] = {
    "machine_id": "M-1",
    "product_quality": "L",
    "air_temperature_k": 300.0,
    "process_temperature_k": 310.0,
    "rotational_speed_rpm": 1500,
    "torque_nm": 40.0,
    "tool_wear_min": 10,
}
GOOD_LINE = "M-1,L,300.0,310.0,1500,40.0,10\n"
BAD_LINE = "M-1,X,300.0,310.0,1500,40.0,10\n"


def csv_file(good: int, bad: int = 0) -> bytes:
    """Make a CSV with good readings first."""
    return (HEADER + GOOD_LINE * good + BAD_LINE * bad).encode()


def numbered_csv(rows: int, *, bad_every: int = 0) -> bytes:
    """Make a CSV whose machines are named after their row; every n-th is bad."""
    lines = [
        f"M-{row},{'X' if bad_every and row % bad_every == 0 else 'L'},300.0,310.0,1500,40.0,10\n"
        for row in range(1, rows + 1)
    ]
    return (HEADER + "".join(lines)).encode()


def reading(**changes: Any) -> dict[str, Any]:
    """Make a reading with some values changed."""
    return {**READING, **changes}


def json_lines(*rows: Any) -> bytes:
    """Make a file of JSON Lines; bytes are taken as they are."""
    return b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows) + b"\n"
