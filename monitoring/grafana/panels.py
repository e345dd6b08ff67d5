"""Panels, laid out from left to right, and the choices above them, in Grafana's format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from monitoring.grafana.data_sources import DATABASE, PROMETHEUS
from usecases.metrics import registry

WIDTH: Final = 24
_HEIGHTS: Final = {"stat": 4}
_HEIGHT: Final = 8
_METRIC: Final = re.compile(r"\{\{(\w+)\}\}")

_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "stat": {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value", "graphMode": "none", "textMode": "auto", "justifyMode": "auto", "orientation": "auto",
    },
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "table": {"showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "fields": ""}},
    "barchart": {
        "orientation": "auto", "xTickLabelRotation": -45, "showValue": "never", "stacking": "none", "groupWidth": 0.7,
        "barWidth": 0.95, "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "none"},
    },
}  # fmt: skip
_CUSTOM: Final[dict[str, dict[str, Any]]] = {
    "timeseries": {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 10, "showPoints": "auto", "spanNulls": False},
    "barchart": {"fillOpacity": 80, "lineWidth": 1},
    "table": {"align": "auto", "filterable": True},
}


def panels(sources: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write all panels of a dashboard."""
    return list(_panels(sources))


def _panels(sources: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    left = top = tallest = 0
    for number, source in enumerate(sources, start=1):
        is_row = "row" in source
        width = WIDTH if is_row else source["width"]
        height = 1 if is_row else source.get("height", _HEIGHTS.get(source["type"], _HEIGHT))
        if left + width > WIDTH:
            left, top, tallest = 0, top + tallest, 0
        place = {"x": left, "y": top, "w": width, "h": height}
        left, tallest = left + width, max(tallest, height)
        yield _row(number, source, place) if is_row else _panel(number, source, place)


def _row(number: int, source: Mapping[str, Any], place: Mapping[str, int]) -> dict[str, Any]:
    return {"id": number, "type": "row", "title": source["row"], "collapsed": False, "gridPos": place, "panels": []}


def _panel(number: int, source: Mapping[str, Any], place: Mapping[str, int]) -> dict[str, Any]:
    kind = source["type"]
    limit = source.get("limit")
    steps = [{"color": "green", "value": None}] + ([{"color": "red", "value": limit}] if limit is not None else [])
    targets = [_target(letter, query) for letter, query in zip("ABCDEF", source["queries"], strict=False)]
    panel = {
        "id": number,
        "type": kind,
        "title": source["title"],
        "description": source["description"].strip(),
        "datasource": targets[0]["datasource"],
        "gridPos": place,
        "fieldConfig": {
            "defaults": {
                "unit": source["unit"],
                "color": {"mode": "thresholds" if kind == "stat" else "palette-classic"},
                "thresholds": {"mode": "absolute", "steps": steps},
                "custom": _CUSTOM.get(kind, {}),
            },
            "overrides": [],
        },
        "options": _OPTIONS[kind],
        "targets": targets,
    }
    if "points" in source:
        # Few enough spans for each to hold rows, and none finer than profiles are kept.
        panel |= {"maxDataPoints": source["points"], "interval": "1m"}
    return panel


def _with_metrics(sql: str) -> str:
    """Write the aggregate of a metric's definition for `{{name}}`."""
    aggregates = {metric.name: metric.sql for metric in registry.METRICS if metric.sql}
    return _METRIC.sub(lambda found: aggregates[found[1]], sql)


def _target(letter: str, query: Mapping[str, Any]) -> dict[str, Any]:
    if "sql" in query:
        return {
            "refId": letter,
            "datasource": DATABASE,
            "editorMode": "code",
            "format": query.get("format", "table"),
            "rawQuery": True,
            "rawSql": _with_metrics(query["sql"].strip()),
        }
    is_instant = query.get("instant", False)
    return {
        "refId": letter,
        "datasource": PROMETHEUS,
        "editorMode": "code",
        "expr": query["prometheus"],
        "legendFormat": query.get("legend", "__auto"),
        "instant": is_instant,
        "range": not is_instant,
    }


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
