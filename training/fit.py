"""Have a model library fit a model on the rows that are for it."""

from __future__ import annotations

from training.data import TrainingData
from training.errors import ForecastNotSupportedError
from training.splits import Split
from usecases.contract.spec import UseCase
from usecases.models.runtime import Examples, Fitted, OnRound, Runtime
from usecases.models.runtimes import DEFAULT_RUNTIME


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
