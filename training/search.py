"""Random search: try configurations, keep the one whose validation rows fare best."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from usecases.contract.spec import UseCase
from usecases.models.runtime import Fitted, OnRound, Runtime
from usecases.models.runtimes import DEFAULT_RUNTIME

MOST_TRIALS = 500

OnShare = Callable[[float], None]
"""Hears the share of the search that is done."""

Fitting = Callable[[UseCase, OnRound], Fitted]
"""Fits a model, on rows that it knows."""


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
        Rounds until it stopped.
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


def search(
    use_case: UseCase,
    fitting: Fitting,
    trials: int,
    on_share: OnShare,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> Searched:
    """Fit the configuration of the use case, then others drawn at random (Bergstra and Bengio, JMLR 13, 2012).

    The seed of the use case decides what is drawn, so a search repeats, and a longer one begins like a shorter.

    Parameters
    ----------
    use_case
        What to fit for.
    fitting
        Fits a model for the use case with some configuration.
    trials
        Configurations to try.
    on_share
        Hears how far the search is.
    runtime
        Knows which parameters there are.
    """
    best: Fitted | None = None
    chosen = use_case
    tried: list[Trial] = []
    for number, parameters in enumerate(configurations(use_case, trials, runtime)):
        configured = _configured(use_case, parameters)

        def on_round(done: int, most: int, number: int = number) -> None:
            on_share((number + done / most) / trials)

        fitted = fitting(configured, on_round)
        tried.append(Trial(parameters, fitted.validation, fitted.model.rounds))
        if best is None or fitted.validation < best.validation:
            best, chosen = fitted, configured
        on_share((number + 1) / trials)
    assert best is not None  # noqa: S101  # there is at least one trial
    return Searched(best, chosen, tuple(tried))


def configurations(
    use_case: UseCase, trials: int, runtime: Runtime = DEFAULT_RUNTIME
) -> Iterator[dict[str, float | int]]:
    """Yield the configured parameters, then random ones."""
    yield runtime.options(use_case)
    rng = np.random.default_rng(use_case.training.seed)
    for _ in range(trials - 1):
        yield runtime.draw(rng)


def _configured(use_case: UseCase, parameters: dict[str, Any]) -> UseCase:
    return use_case.model_copy(update={"training": use_case.training.model_copy(update=parameters)})
