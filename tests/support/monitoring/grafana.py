"""What Grafana does with a query before it is sent, and with an answer when a rule is evaluated.

After Grafana's own behaviour: variables are replaced in the browser, macros of PostgreSQL on the server by one regular
expression whose arguments hold no parenthesis; an unknown macro is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

GRAFANA = Path(__file__).parents[3] / "monitoring" / "grafana"

_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")
_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^\)]*)\)")
_FORMATS: Mapping[str, Callable[[str], str]] = {
    "sqlstring": lambda value: "'" + value.replace("'", "''") + "'",
    "doublequote": lambda value: '"' + value.replace('"', '\\"') + '"',
    "": str,
}


@dataclass(frozen=True)
class Screen:
    """A time on screen, and how wide a point is."""

    start: datetime
    end: datetime
    interval: timedelta = timedelta(minutes=1)


def fill_in(text: str, values: Mapping[str, str], screen: Screen) -> str:
    """Replace variables; what is no variable, such as a macro, stays."""
    seconds = int(screen.interval.total_seconds())
    built_in = {"__interval": f"{seconds}s", "__interval_ms": str(seconds * 1000), "__rate_interval": "5m"}
    known = {**built_in, **values}

    def replaced(match: re.Match[str]) -> str:
        name = match[1] or match[3]
        if name not in known:
            assert name.startswith("__"), f"{name} is no variable of the dashboard"
            return match[0]
        return _FORMATS[match[2] or ""](known[name])

    return _VARIABLE.sub(replaced, text)


def expand(sql: str, screen: Screen) -> str:
    """Replace the macros of the PostgreSQL data source."""
    start, end = (
        f"'{moment.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}'" for moment in (screen.start, screen.end)
    )

    def group(arguments: Sequence[str]) -> str:
        column, interval = arguments
        seconds = int(interval.strip("'").removesuffix("s"))
        return f"floor(extract(epoch from {column})/{seconds})*{seconds}"

    macros: Mapping[str, Callable[[Sequence[str]], str]] = {
        "__timeFilter": lambda arguments: f"{arguments[0]} BETWEEN {start} AND {end}",
        "__timeFrom": lambda _: start,
        "__timeTo": lambda _: end,
        "__timeGroup": group,
        "__timeGroupAlias": lambda arguments: f'{group(arguments)} AS "time"',
    }
    expanded = _MACRO.sub(lambda match: macros[match[1]]([part.strip() for part in match[2].split(",")]), sql)
    assert "$" not in expanded, expanded
    return expanded


def dashboards() -> dict[str, dict[str, Any]]:
    """Read every dashboard, by its title."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((GRAFANA / "dashboards").glob("*.json"))]
    return {dashboard["title"]: dashboard for dashboard in found}


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Return every panel that asks something, with the title of its dashboard."""
    for title, dashboard in dashboards().items():
        yield from ((title, panel) for panel in dashboard["panels"] if panel["type"] != "row")


def rules() -> dict[str, dict[str, Any]]:
    """Read every alert rule, by its uid."""
    file = yaml.safe_load((GRAFANA / "provisioning" / "alerting" / "rules.yaml").read_text(encoding="utf-8"))
    return {rule["uid"]: rule for group in file["groups"] for rule in group["rules"]}


Labelled = tuple[dict[str, str], float]
"""An instance of a rule and its number."""


def question(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return what step A of a rule asks."""
    model: dict[str, Any] = rule["data"][0]["model"]
    return model


def screen_of(rule: Mapping[str, Any], now: datetime) -> Screen:
    """Return the time that step A of a rule looks at."""
    seconds = rule["data"][0]["relativeTimeRange"]["from"]
    return Screen(now - timedelta(seconds=seconds), now)


def numbers(rows: Sequence[Mapping[str, Any]]) -> list[Labelled]:
    """Read a table as Grafana's rules do: one column is the number, the others, all texts, are labels."""
    found = []
    for row in rows:
        values = [value for value in row.values() if isinstance(value, float)]
        labels = {name: value for name, value in row.items() if isinstance(value, str)}
        assert len(values) == 1, row
        assert len(labels) == len(row) - 1, f"a label is no text: {row}"
        found.append((labels, values[0]))
    assert len({tuple(sorted(labels.items())) for labels, _ in found}) == len(found), (
        "two instances have the same labels"
    )
    return found


def firing(rule: Mapping[str, Any], asked: Sequence[Labelled]) -> list[dict[str, str]]:
    """Evaluate steps B and C: the labels of the instances that are above the limit."""
    reduce, threshold = (step["model"] for step in rule["data"][1:])
    assert (rule["condition"], reduce["expression"], threshold["expression"]) == ("C", "A", "B")
    # A number is reduced to itself.
    [condition] = threshold["conditions"]
    assert condition["evaluator"]["type"] == "gt"
    [limit] = condition["evaluator"]["params"]
    return [labels for labels, value in asked if value > limit]
