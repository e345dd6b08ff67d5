"""A forecast whose observations are pulled from an interface like data.gov.sg's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from usecases.contract.spec import UseCase

DUST: dict[str, Any] = {
    "title": "Fine dust",
    "task": "forecast",
    "target": "pm25",
    "forecast": {
        "time": "hour", "known_at": "published", "series": "region", "frequency": "1h", "horizon": 3,
        "time_zone": "Asia/Singapore", "minimum": 0,
    },
    "features": [{"name": "region", "type": "category", "values": ["north", "south"]}],
    "training": {},
}  # fmt: skip

SHAPE: dict[str, Any] = {
    "parameters": {"date": "{date}"},
    "rows": "data.items",
    "columns": {"hour": "timestamp", "published": "updatedTimestamp"},
    "readings": "readings.pm25_one_hourly",
    "next_page": {"token": "data.paginationToken", "parameter": "paginationToken"},
    "requests_per_minute": 6_000,
}
"""That of today."""

SHAPE_BEFORE: dict[str, Any] = {
    "rows": "items",
    "columns": {"hour": "timestamp", "published": "update_timestamp"},
    "next_page": None,
}
"""What of it was otherwise before."""


def pulled_content(
    url: str, first: date, *, forecast: Mapping[str, Any] | None = None, **source: Any
) -> dict[str, Any]:
    """Write a use case down, under a name of its own, whose observations are pulled from a day on."""
    return DUST | {
        "name": f"dust_{uuid4().hex[:12]}",
        "forecast": DUST["forecast"] | dict(forecast or {}),
        "source": SHAPE | {"url": url, "since": str(first)} | source,
    }


def pulled_use_case(url: str, first: date, **source: Any) -> UseCase:
    """Return such a use case."""
    return UseCase.model_validate_json(json.dumps(pulled_content(url, first, **source)))
