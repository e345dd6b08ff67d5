"""Edits of a use case, as somebody makes them in its file."""

from __future__ import annotations

from typing import Any

from usecases.contract.spec import UseCase


def edited(use_case: UseCase, *, without: tuple[str, ...] = (), more: tuple[dict[str, Any], ...] = (),
           features: dict[str, dict[str, Any]] | None = None, **fields: Any) -> UseCase:  # fmt: skip
    """Return a use case as it is after an edit: features left out, added or changed, and other fields."""
    content = use_case.model_dump(mode="json")
    changes = features or {}
    kept = [feature for feature in content["features"] if feature["name"] not in without]
    content["features"] = [_changed(feature, changes.get(feature["name"], {})) for feature in kept] + list(more)
    return UseCase.model_validate(content | fields)


def _changed(feature: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Change a feature; a new type brings its own fields."""
    if "type" in change:
        feature = {name: feature[name] for name in ("name", "title", "description", "unit", "nullable")}
    return feature | change
