"""Grafana's files: as the generator writes them, valid by Grafana's rules, and described in the manual."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring.grafana.build import files
from tests.support.monitoring.grafana import GRAFANA, dashboards, panels, rules

UNITS = {"short", "percentunit", "s", "cps", "reqps"}
MANUAL = (GRAFANA.parents[1] / "docs" / "monitoring.md").read_text(encoding="utf-8")
PROVISIONING = GRAFANA / "provisioning"
SOURCES = {
    source["uid"]: source["type"]
    for source in yaml.safe_load((PROVISIONING / "datasources" / "smartpredict.yaml").read_text())["datasources"]
}


@pytest.mark.parametrize(
    ("path", "text"), list(files()), ids=lambda value: value.name if isinstance(value, Path) else ""
)
def test_the_files_are_what_the_sources_say(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run: make snapshots"


def test_the_dashboards_are_those_that_were_asked_for() -> None:
    assert set(dashboards()) == {
        "Pipeline", "Data quality", "Drift", "Model performance", "Predictions", "Forecasts",
    }  # fmt: skip
    assert len({dashboard["uid"] for dashboard in dashboards().values()}) == len(dashboards())


@pytest.mark.parametrize("dashboard", dashboards().values(), ids=lambda dashboard: dashboard["title"])
def test_a_dashboard_keeps_grafanas_rules(dashboard: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    assert re.fullmatch(r"[a-z-]{1,40}", dashboard["uid"])
    assert dashboard["schemaVersion"] >= 36
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    assert all(place["x"] >= 0 and place["w"] > 0 and place["x"] + place["w"] <= 24 for place in places)
    assert not any(_overlap(one, other) for one, other in combinations(places, 2))
    assert "://" not in json.dumps(dashboard), "an absolute address"
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(dashboard)))
    assert used <= names | {"interval"}


@pytest.mark.parametrize(("title", "panel"), list(panels()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_panel_can_be_read(title: str, panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert len(panel["description"]) > 20
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    letters = [target["refId"] for target in panel["targets"]]
    assert letters
    assert len(set(letters)) == len(letters)
    for target in panel["targets"]:
        assert SOURCES[target["datasource"]["uid"]] == target["datasource"]["type"]
    assert panel["title"].replace("$feature", "a feature") in _section(title)


def test_every_rule_can_be_read_and_acted_upon() -> None:
    shown = {dashboard["uid"] for dashboard in dashboards().values()}
    for uid, rule in rules().items():
        assert re.fullmatch(r"[a-z-]{1,40}", uid)
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["__dashboardUid__"] in shown
        assert rule["noDataState"] in {"OK", "NoData", "Alerting"}
        assert rule["execErrState"] == "Error"
        assert rule["data"][0]["datasourceUid"] in SOURCES
        assert rule["data"][0]["relativeTimeRange"]["from"] > 0
        assert rule["title"] in MANUAL


def test_secrets_and_addresses_come_from_the_environment() -> None:
    texts = [path.read_text(encoding="utf-8") for path in PROVISIONING.rglob("*.yaml") if path.name != "rules.yaml"]
    named = set(re.findall(r"\$\{?([A-Z_]+)", "".join(texts)))
    assert named
    compose = (GRAFANA.parents[1] / "compose.yaml").read_text(encoding="utf-8")
    assert {name for name in named if f"{name}:" not in compose} == set()
    assert not any(re.search(r"(password|url|addresses): (?!\$)", text) for text in texts)


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


def _section(title: str) -> str:
    """Return what the manual says about a dashboard."""
    return MANUAL.partition(f"### {title}\n")[2].partition("\n### ")[0]
