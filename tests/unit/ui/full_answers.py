"""Fills answers of the stand-in up to what the API document promises, so that a test names only what it is about."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

DOCUMENT = json.loads((Path(__file__).parents[3] / "docs" / "reference" / "openapi.json").read_text(encoding="utf-8"))
BY_FORMAT = {"uuid": "019a8000-0000-7000-8000-0000000000ff", "date-time": "2026-05-04T12:00:00Z"}
BY_TYPE: dict[str, Any] = {
    "string": "", "integer": 0, "number": 0.0, "boolean": False, "array": [], "object": {}, "null": None,
}  # fmt: skip


def full_answer(method: str, path: str, content: Any) -> Any:
    """Fill in what an answer of this request always has."""
    schema = _schema_of(method.lower(), path)
    return content if schema is None else _filled(schema, content)


def full(name: str, content: dict[str, Any]) -> Any:
    """Fill in what a value of this schema always has."""
    return _filled(DOCUMENT["components"]["schemas"][name], content)


@cache
def _schema_of(method: str, path: str) -> Any:
    for template in sorted(DOCUMENT["paths"], key=lambda one: "{" in one):
        if method in DOCUMENT["paths"][template] and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
            for status, response in DOCUMENT["paths"][template][method]["responses"].items():
                if status.startswith("2"):
                    return response.get("content", {}).get("application/json", {}).get("schema")
    return None


def _filled(schema: dict[str, Any], value: Any) -> Any:
    if "$ref" in schema:
        return _filled(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]], value)
    if "anyOf" in schema:
        some = [one for one in schema["anyOf"] if one != {"type": "null"}]
        return value if value is None or len(some) > 1 else _filled(some[0], value)
    if isinstance(value, list) and "items" in schema:
        return [_filled(schema["items"], item) for item in value]
    if isinstance(value, dict) and "properties" in schema:
        known = {name: _filled(schema["properties"].get(name, {}), found) for name, found in value.items()}
        missing = (name for name in schema.get("required", ()) if name not in value)
        return known | {name: _blank(schema["properties"][name]) for name in missing}
    if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        return {name: _filled(schema["additionalProperties"], found) for name, found in value.items()}
    return value


def _blank(schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _blank(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return _filled(schema, {})
    if {"type": "null"} in schema.get("anyOf", ()) or "type" not in schema:
        return None
    return BY_FORMAT.get(schema.get("format", "")) or BY_TYPE[schema["type"]]
