"""Random search: try configurations, keep the one whose validation rows fare best."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.data import TrainingData
from training.fit import Fitted, Split, fit
from usecases.spec import UseCase

MOST_TRIALS = 500

OnShare = Callable[[float], None]
"""Hears the share of the search that is done."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One configuration and how it fared.

    Attributes
    ----------
    parameters
        What was chosen; the rest is as the use case says.
    validation
        Loss on the validation rows, which early stopping watched; the holdout is not looked at.
    rounds
        Boosting rounds until it stopped.
    """

    parameters: dict[str, float | int]
    validation: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Searched:
    """The best model that was found, and all that was tried, in order."""

    best: Fitted
    use_case: UseCase
    """The use case with the best configuration."""
    trials: tuple[Trial, ...]


def search(use_case: UseCase, data: TrainingData, parts: Split, trials: int, on_share: OnShare) -> Searched:
    """Fit the configuration of the use case, then others drawn at random (Bergstra and Bengio, JMLR 13, 2012).

    The seed of the use case decides what is drawn, so a search repeats, and a longer one begins like a shorter.
    """
    best: Fitted | None = None
    chosen = use_case
    tried: list[Trial] = []
    for number, parameters in enumerate(configurations(use_case, trials)):
        configured = _configured(use_case, parameters)

        def on_round(done: int, most: int, number: int = number) -> None:
            on_share((number + done / most) / trials)

        fitted = fit(configured, data, parts, on_round)
        tried.append(Trial(parameters, fitted.validation, fitted.booster.num_boosted_rounds()))
        if best is None or fitted.validation < best.validation:
            best, chosen = fitted, configured
        on_share((number + 1) / trials)
    assert best is not None  # noqa: S101  # there is at least one trial
    return Searched(best, chosen, tuple(tried))


def configurations(use_case: UseCase, trials: int) -> Iterator[dict[str, float | int]]:
    """Give the configured parameters, then random ones: rates and weights evenly on a logarithmic scale."""
    configured = use_case.training
    yield {
        "max_depth": configured.max_depth, "learning_rate": configured.learning_rate, "subsample": configured.subsample,
        "colsample_bytree": configured.colsample_bytree, "min_child_weight": configured.min_child_weight,
    }  # fmt: skip
    rng = np.random.default_rng(configured.seed)
    for _ in range(trials - 1):
        yield {
            "max_depth": int(rng.integers(2, 9)),
            "learning_rate": round(float(np.exp(rng.uniform(np.log(0.03), np.log(0.3)))), 4),
            "subsample": round(float(rng.uniform(0.6, 1.0)), 3),
            "colsample_bytree": round(float(rng.uniform(0.6, 1.0)), 3),
            "min_child_weight": round(float(np.exp(rng.uniform(np.log(0.5), np.log(10)))), 3),
        }


def _configured(use_case: UseCase, parameters: dict[str, Any]) -> UseCase:
    return use_case.model_copy(update={"training": use_case.training.model_copy(update=parameters)})
