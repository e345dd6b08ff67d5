"""Holds objects against the schemas of their kinds; run by the Python of `.venv-peers/chart`, which has them: FOLDER of YAML files.

Prints a line for each object: `valid KIND`, or what is wrong with it, and fails then.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import kubernetes_validate
import yaml
from cloudcoil.models.keda import v1alpha1 as keda
from cloudcoil.models.prometheus_operator import v1 as monitoring

KUBERNETES = "1.35"
OPERATORS = {
    "ScaledObject": keda.ScaledObject,
    "TriggerAuthentication": keda.TriggerAuthentication,
    "ServiceMonitor": monitoring.ServiceMonitor,
    "PrometheusRule": monitoring.PrometheusRule,
}
# What is used of them, read in their definitions: their packages are in no index.
WRITTEN_HERE = {"RabbitmqCluster", "Cluster"}


def check(one: dict[str, Any]) -> None:
    """Raise where an object is not what its kind is."""
    kind = one["kind"]
    if kind in OPERATORS:
        left = OPERATORS[kind].model_validate(one).model_dump(by_alias=True, exclude_none=True, mode="json")
        lost = [path for path in paths(one) if path not in {*paths(left)}]
        if lost:
            raise ValueError(f"unknown: {lost}")
    elif kind in WRITTEN_HERE:
        jsonschema.validate(one, json.loads((Path(__file__).parent / "schemas" / f"{kind}.json").read_text()))
    else:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)


def paths(value: Any, at: str = "") -> list[str]:
    """Return the path of every key in an object."""
    match value:
        case dict():
            return [path for key, inner in value.items() for path in (f"{at}.{key}", *paths(inner, f"{at}.{key}"))]
        case list():
            return [path for number, inner in enumerate(value) for path in paths(inner, f"{at}[{number}]")]
        case _:
            return []


def main() -> int:
    """Check every object of every file."""
    bad = 0
    for path in sorted(Path(sys.argv[1]).glob("*.yaml")):
        for one in filter(None, yaml.safe_load_all(path.read_text(encoding="utf-8"))):
            try:
                check(one)
            except Exception as error:  # noqa: BLE001  # whatever is wrong with it is told
                bad += 1
                sys.stdout.write(f"{path.name} {one['kind']} {one['metadata']['name']}: {error}\n")
            else:
                sys.stdout.write(f"valid {one['kind']}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
