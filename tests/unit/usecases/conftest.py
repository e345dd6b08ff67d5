"""A use case with a feature of every kind."""

from __future__ import annotations

from typing import Any

import pytest

from usecases.contract.spec import UseCase

EVERY_KIND: dict[str, Any] = {
    "name": "kiln",
    "title": "Kiln",
    "task": "binary",
    "target": "cracked",
    "classes": ["whole", "cracked"],
    "key": "tile",
    "features": [
        {"name": "heat_k", "type": "float", "minimum": 0, "maximum": 2000, "title": "Heat", "unit": "K"},
        {"name": "turns", "type": "integer", "nullable": True, "minimum": 0},
        {"name": "glaze", "type": "category", "values": ["matt", "gloss", "café"]},
        {"name": "dried", "type": "boolean", "nullable": True},
        {"name": "fired_at", "type": "timestamp", "nullable": True},
    ],
    "rules": [{"name": "hot_enough", "check": "glaze == 'matt' or heat_k > 1000"}],
    "training": {"data": "tiles.csv"},
}


@pytest.fixture
def declared() -> dict[str, Any]:
    """Content of its usecase.yaml; a test may change its copy."""
    return {**EVERY_KIND, "features": [dict(feature) for feature in EVERY_KIND["features"]]}


@pytest.fixture
def kiln(declared: dict[str, Any]) -> UseCase:
    return UseCase.model_validate(declared)


@pytest.fixture
def use_case(declared: dict[str, Any], request: pytest.FixtureRequest) -> UseCase:
    task = getattr(request, "param", "binary")
    classes = {"binary": ["whole", "cracked"], "multiclass": ["whole", "chipped", "cracked"], "regression": []}[task]
    return UseCase.model_validate(declared | {"task": task, "classes": classes, "rules": []})
