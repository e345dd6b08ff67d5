"""Examples of requests, answers and problems: data in the folder of the topic they belong to, read once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gateway_api.door.problems import Problem

_FILES = sorted(Path(__file__).parents[1].glob("*/examples/*"))


def _read_all(suffix: str) -> dict[str, Any]:
    return {
        path.name.removesuffix(suffix): json.loads(path.read_text(encoding="utf-8"))
        for path in _FILES
        if path.name.endswith(suffix)
    }


ANSWERS = _read_all(".answer.json")
"""Examples of answers, by the name the reference gives them."""

REQUESTS = _read_all(".request.json")
"""Examples of bodies, by name."""

MEMBERS = _read_all(".problem.json")
"""What a problem says beyond its text, by its code."""

CSV_FILES = {path.name: path.read_text(encoding="utf-8") for path in _FILES if path.suffix == ".csv"}
"""Examples of answers that are files, by the name of the file."""


def problem_example(kind: type[Problem]) -> dict[str, Any]:
    """Build an example of a problem."""
    return {
        "type": f"/docs#problem-{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": (kind.__doc__ or "").strip(),
        "instance": "urn:uuid:8d9f2a53-53b5-4f5e-8a3e-0f7f6a1b2c3d",
        "code": kind.code,
        "request_id": "8d9f2a53-53b5-4f5e-8a3e-0f7f6a1b2c3d",
        **MEMBERS.get(kind.code, {}),
    }
