"""Split the rows by what they are for, and have a model library fit a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from training.data import TrainingData
from training.errors import ForecastNotSupportedError
from usecases.contract.spec import UseCase
from usecases.models.runtime import Examples, Fitted, OnRound, Runtime
from usecases.models.runtimes import DEFAULT_RUNTIME

VALIDATION_SHARE = 0.2
"""Share of the rows left after the holdout that early stopping watches; they are not evaluated on."""

Positions = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Split:
    """Positions of the rows by what they are for; each row is in one of them."""

    training: Positions
    validation: Positions
    holdout: Positions


def split(use_case: UseCase, targets: np.ndarray[Any, np.dtype[np.float64]]) -> Split:
    """Split rows at random, each class alike; the seed of the use case makes it repeatable."""
    from sklearn.model_selection import train_test_split  # noqa: PLC0415  # a second that Airflow need not spend

    seed = use_case.training.seed
    positions = np.arange(len(targets))

    def parted(of: Positions, share: float) -> tuple[Positions, Positions]:
        stratify = targets[of] if use_case.task.definition.names_classes else None
        kept, apart = train_test_split(of, test_size=share, random_state=seed, stratify=stratify)
        return np.sort(kept), np.sort(apart)

    rest, holdout = parted(positions, use_case.training.holdout_share)
    training, validation = parted(rest, VALIDATION_SHARE)
    return Split(training, validation, holdout)


def fit(
    use_case: UseCase,
    data: TrainingData,
    parts: Split,
    on_round: OnRound | None = None,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> Fitted:
    """Fit a model on the training rows; the validation rows may tell when to stop.

    Raises
    ------
    ForecastNotSupportedError
        If the task is a forecast.
    """
    require_trainable(use_case)
    examples = Examples(data.rows, data.targets)
    return runtime.fit(use_case, examples.take(parts.training), examples.take(parts.validation), on_round)


def require_trainable(use_case: UseCase) -> None:
    """Refuse a task that no model can be fitted for.

    Raises
    ------
    ForecastNotSupportedError
        If the task is a forecast.
    """
    reason = use_case.task.definition.why_not_trained
    if reason:
        raise ForecastNotSupportedError(f"{use_case.name} {reason}")
