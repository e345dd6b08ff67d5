"""Have a model library fit a model on the rows that are for it."""

from __future__ import annotations

from training.data import TrainingData
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
    """Fit a model on the training rows; the validation rows may tell when to stop."""
    examples = Examples(data.rows, data.targets)
    return runtime.fit(use_case, examples.take(parts.training), examples.take(parts.validation), on_round)
