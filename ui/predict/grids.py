"""The values that a feature is varied over, and the answers to all combinations; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from ui.gateway.answers import FeatureAnswer, Prediction, UseCaseAnswer

MOST_VALUES = 30
"""Values of one feature: two of them make 900 rows, and a request takes 1,000."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The answers to a row with every combination of some of its values.

    Attributes
    ----------
    choices
        What each feature was set to, in order.
    points
        The answers by combination; one that breaks a rule of the use case is left out.
    model_version
        Version that answered.
    """

    choices: Mapping[str, Sequence[Any]]
    points: Mapping[tuple[Any, ...], Prediction]
    model_version: int

    @property
    def size(self) -> int:
        """Number of combinations, allowed or not."""
        return math.prod(len(found) for found in self.choices.values())


def values_of(feature: FeatureAnswer, own: Any) -> list[Any]:
    """Return the values that a feature is varied over, its own among them; none of a time.

    A number goes from its least to its most by the contract, which is made from training; where the contract has no limit,
    as far as its own value is large to either side.

    >>> number = FeatureAnswer(name="torque", type="float", title="Torque", description="", unit="", nullable=False, minimum=0)
    >>> values_of(number, 41.5)[:2], values_of(number, 41.5)[-1], 41.5 in values_of(number, 41.5)
    ([0.0, 2.96429], 83.0, True)
    """
    match feature.type:
        case "category":
            values: list[Any] = list(feature.values or ())[:MOST_VALUES]
        case "boolean":
            values = [False, True]
        case "float" | "integer":
            return _numbers(feature, own) if own is not None else [None, *_numbers(feature, own)]
        case _:
            return []
    missing = [None] if feature.nullable else []
    return missing + (values if own is None or own in values else [*values[:-1], own])


def _numbers(feature: FeatureAnswer, own: float | None) -> list[Any]:
    around = abs(own or 0.0) or 1.0
    low = _limit(feature.minimum, (own or 0.0) - around)
    high = _limit(feature.maximum, (own or 0.0) + around)
    between = np.linspace(low, high, MOST_VALUES - 1)
    if feature.type == "integer":
        found = {round(value) for value in between.tolist()}
        return sorted(found | ({own} if own is not None else set()))
    rounded = {min(max(float(f"{value:.6g}"), low), high) for value in between.tolist()}
    return sorted(rounded | ({float(own)} if own is not None else set()))


def _limit(limit: float | datetime | None, otherwise: float) -> float:
    return otherwise if limit is None or isinstance(limit, datetime) else float(limit)


def value_text(value: Any) -> str:
    """Write a value as people read it.

    >>> value_text(None), value_text(True), value_text(1480.0), value_text("H")
    ('left out', 'yes', '1,480', 'H')
    """
    match value:
        case None:
            return "left out"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:,.6g}"
        case _:
            return str(value)


def answer_number(use_case: UseCaseAnswer, row: Prediction, found: Prediction) -> float:
    """Return what a picture shows of an answer: the probability of a class, or the number.

    Of several classes it is the one that was predicted for the row.
    """
    if use_case.task == "multiclass":
        return float((found.scores or {}).get(str(row.prediction), 0.0))
    return float(found.score if found.score is not None else found.prediction)


def answer_title(use_case: UseCaseAnswer, row: Prediction) -> str:
    """Return what that is called."""
    match use_case.task:
        case "binary":
            return f"Probability of {use_case.classes[-1]}"
        case "multiclass":
            return f"Probability of {row.prediction}"
        case _:
            return "Predicted number"
