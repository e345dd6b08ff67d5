"""Write Grafana's files from the sources, which people write: `python -m monitoring.grafana.build`.

Grafana's own format repeats itself a hundred times; the sources say each thing once. Both are in the repository, so that
Grafana reads plain files, and a test holds them together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from typing_extensions import override

from monitoring.grafana.alerting import alert_rules
from monitoring.grafana.manual import described
from monitoring.grafana.panels import panels, variable

HERE: Final = Path(__file__).parent
MANUAL: Final = HERE.parents[1] / "docs" / "monitoring.md"
ALERTS: Final = HERE / "sources" / "alerts.yaml"
VARIABLES: Final = HERE / "sources" / "variables.yaml"

_NOTE: Final = "# Written by `python -m monitoring.grafana.build` from sources/alerts.yaml; changes here are lost.\n"


def dashboard(source: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """Write a dashboard in Grafana's format."""
    return {
        "uid": source["uid"],
        "title": source["title"],
        "description": source["description"],
        "tags": ["smartpredict"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "links": [
            {"type": "dashboards", "title": "SmartPredict", "tags": ["smartpredict"], "asDropdown": True,
             "keepTime": True, "includeVars": True},
        ],
        "templating": {"list": [variable(name, variables[name]) for name in source["variables"]]},
        "panels": panels(source["panels"]),
    }  # fmt: skip


def files() -> Iterator[tuple[Path, str]]:
    """Return every file to write and what is in it."""
    alerts, variables = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ALERTS, VARIABLES))
    dashboards = {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted((HERE / "sources").glob("*.yaml"))
        if path not in {ALERTS, VARIABLES}
    }
    for name, source in dashboards.items():
        text = json.dumps(dashboard(source, variables), indent=2, ensure_ascii=False) + "\n"
        yield HERE / "dashboards" / f"{name}.json", text
    rules = yaml.dump(alert_rules(alerts), Dumper=_Readable, sort_keys=False, allow_unicode=True, width=120)
    yield HERE / "provisioning" / "alerting" / "rules.yaml", _NOTE + rules
    yield MANUAL, described(MANUAL.read_text(encoding="utf-8"), list(dashboards.values()), alerts)


class _Readable(yaml.SafeDumper):
    """Writes texts of several lines as such, and no references."""

    @override
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _text)

if __name__ == "__main__":
    for path, text in files():
        path.write_text(text, encoding="utf-8")
