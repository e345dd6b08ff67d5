"""What an observation of a forecast has to be: a contract of its own, so that every rule of reading rows holds for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from usecases.columns.features import FeatureBase
from usecases.columns.patterns import COLUMN_NAME
from usecases.contract.forecast import ForecastOptions, derived_features
from usecases.contract.spec import RESERVED_COLUMNS, UseCase


@dataclass(frozen=True, slots=True)
class ObservationColumns:
    """Names that the columns of an observation have in its contract.

    Attributes
    ----------
    time
        Time of the reading.
    known_at
        When it was known; none where nobody says.
    reading
        The reading itself.
    """

    time: str
    known_at: str | None
    reading: str


def observation_columns(use_case: UseCase, options: ForecastOptions) -> ObservationColumns:
    """Return the names that the columns of observations have, which are those of the file wherever they can be."""
    taken = [use_case.target, *(feature.name for feature in declared_features(use_case, options))]
    time = _free(options.time, "time_of_reading", taken)
    known_at = _free(options.known_at, "known_at_of_reading", [*taken, time]) if options.known_at else None
    return ObservationColumns(time, known_at, use_case.target)


def declared_features(use_case: UseCase, options: ForecastOptions) -> list[FeatureBase]:
    """Return the features of a forecast that observations bring: its series, and what is known ahead."""
    derived = {feature["name"] for feature in derived_features(options)}
    return [feature for feature in use_case.features if feature.name not in derived]


@cache
def observation_contract(use_case: UseCase) -> UseCase:
    """Return a use case whose rows are the observations of a forecast.

    Raises
    ------
    ValueError
        If the use case is no forecast.
    """
    options = use_case.forecast
    if options is None:
        raise ValueError(f"{use_case.name} is a {use_case.task}; observations are for use cases of task: forecast")
    names = observation_columns(use_case, options)
    declared = [feature.model_dump(mode="json") for feature in declared_features(use_case, options)]
    for feature in declared:
        if feature["name"] == options.series and feature["example"] is None:
            feature["example"] = feature["values"][0]
    reading = {
        "name": names.reading, "type": "float", "nullable": True, "source_name": use_case.target_source_name,
        "missing_values": use_case.target_missing_values, "decimal_comma": use_case.target_decimal_comma,
        "minimum": options.minimum, "maximum": options.maximum, "unit": options.unit,
        "example": next((limit for limit in (options.minimum, options.maximum) if limit is not None), 1.0),
    }  # fmt: skip
    features = [_time(names.time, options.time, "2026-03-01T06:00:00Z"), *declared, reading]
    if names.known_at is not None:
        features.append(_time(names.known_at, options.known_at, "2026-03-01T06:20:00Z") | {"nullable": True})
    content = {
        "name": use_case.name, "title": use_case.title, "task": "regression", "target": f"{use_case.target[:50]}_next",
        "ignored_columns": use_case.ignored_columns, "features": features,
        "quality": use_case.quality.model_dump(mode="json"), "training": {"data": "observations"},
    }  # fmt: skip
    return UseCase.model_validate_json(json.dumps(content))


def _time(name: str, source_name: str, example: str) -> dict[str, object]:
    own_name = "" if source_name == name else source_name
    return {"name": name, "type": "timestamp", "source_name": own_name, "example": example}


def _free(name: str, instead: str, taken: Iterable[str]) -> str:
    """Return a name if a column can have it, else another."""
    return name if COLUMN_NAME.fullmatch(name) and name not in RESERVED_COLUMNS and name not in taken else instead
