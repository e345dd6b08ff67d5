"""Alert rules in Grafana's format for provisioning: A asks, B reduces to a number, C compares it with the limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from monitoring.grafana.data_sources import DATABASE, EXPRESSION, PROMETHEUS

FOLDER: Final = "SmartPredict"
INTERVAL: Final = "1m"


def alert_rules(sources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Write the file that Grafana reads."""
    rules = [_rule(source) for source in sources]
    group = {"orgId": 1, "name": "smartpredict", "folder": FOLDER, "interval": INTERVAL, "rules": rules}
    return {"apiVersion": 1, "groups": [group]}


def _rule(source: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "uid": source["uid"],
        "title": source["title"],
        "condition": "C",
        "for": source.get("for", "0s"),
        # Nothing to judge is no fault; what cannot be asked is one, for nobody would be told of anything.
        "noDataState": "OK",
        "execErrState": "Error",
        "isPaused": False,
        "labels": {"severity": source["severity"], "product": "smartpredict"},
        "annotations": {
            "summary": source["summary"],
            "description": source["action"],
            "__dashboardUid__": source["dashboard"],
            "runbook": "docs/monitoring.md",
        },
        "data": [_question(source), _reduce(), _threshold(source["above"])],
    }


def _question(source: Mapping[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any]
    if "sql" in source:
        asked = {
            "datasource": DATABASE,
            "editorMode": "code",
            "format": "table",
            "rawQuery": True,
            "rawSql": source["sql"],
        }
    else:
        asked = {
            "datasource": PROMETHEUS,
            "editorMode": "code",
            "expr": source["prometheus"],
            "instant": True,
            "range": False,
        }
    return _step("A", source["seconds"], asked)


def _reduce() -> dict[str, Any]:
    return _step("B", 0, {"datasource": EXPRESSION, "type": "reduce", "expression": "A", "reducer": "last"})


def _threshold(above: float) -> dict[str, Any]:
    condition = {"evaluator": {"type": "gt", "params": [above]}}
    return _step("C", 0, {"datasource": EXPRESSION, "type": "threshold", "expression": "B", "conditions": [condition]})


def _step(letter: str, seconds: int, model: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "refId": letter,
        "relativeTimeRange": {"from": seconds, "to": 0},
        "datasourceUid": model["datasource"]["uid"],
        "model": {"refId": letter, **model},
    }
