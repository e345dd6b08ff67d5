"""Grafana's data sources: the names under which dashboards and rules reach them."""

from __future__ import annotations

from typing import Final

DATABASE: Final = {"type": "grafana-postgresql-datasource", "uid": "smartpredict-postgres"}
PROMETHEUS: Final = {"type": "prometheus", "uid": "smartpredict-prometheus"}
EXPRESSION: Final = {"type": "__expr__", "uid": "__expr__"}
