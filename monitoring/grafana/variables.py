"""What a person chooses at the top of a dashboard, in Grafana's format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitoring.grafana.data_sources import DATABASE


def variable(name: str, source: Mapping[str, str]) -> dict[str, Any]:
    """Write a variable; its choices are asked for anew whenever the time on screen changes."""
    return {
        "type": "query",
        "name": name,
        "label": source["label"],
        "datasource": DATABASE,
        "query": source["sql"].strip(),
        "refresh": 2,
        "sort": 0,
        "multi": False,
        "includeAll": False,
        "hide": 0,
        "options": [],
        "current": {},
    }
