"""A use case that joins features from the observations of the tide, and rows of it."""

from __future__ import annotations

from typing import Any

from tests.support.usecases.forecast import TIDE
from usecases.contract.spec import UseCase

BERTH: dict[str, Any] = {
    "name": "berth",
    "title": "Ships that touch the ground",
    "task": "binary",
    "target": "grounded",
    "classes": ["no", "yes"],
    "key": "ship",
    "ignored_columns": ["arrived"],
    "features": [
        {"name": "harbour", "type": "category", "values": ["inner", "outer", "far"], "example": "inner"},
        {"name": "draught", "type": "float", "minimum": 0, "nullable": True, "example": 3.5},
        {"name": "tide_now", "type": "float", "minimum": 0, "nullable": True},
    ],
    "feature_tables": [
        {
            "table": "tide", "join_key": "harbour", "event_time": "arrived", "max_age": "3h",
            "features": [{"name": "tide_now", "column": "level"}],
        }
    ],
    "training": {"data": "arrivals.csv", "rounds": 20, "max_depth": 3},
}  # fmt: skip


def joined_use_case(*, is_required: bool = False, tide: str = "tide", **fields: Any) -> UseCase:
    """Return the use case with other fields.

    Parameters
    ----------
    is_required
        Whether a row without a fresh tide is refused.
    tide
        Name of the forecast it is joined from.
    **fields
        What replaces fields of the use case.
    """
    content = BERTH | fields
    tables = [one | {"table": tide} for one in content["feature_tables"]]
    features = [
        one | {"nullable": not is_required} if one["name"] == "tide_now" else one for one in content["features"]
    ]
    return UseCase.model_validate(content | {"features": features, "feature_tables": tables})


def tide_use_case(name: str = "tide") -> UseCase:
    """Return the forecast that it is joined from."""
    return UseCase.model_validate(TIDE | {"name": name})
