"""Have a model library fit a model on the rows that are for it, and take it as it will be served."""

from __future__ import annotations

import tempfile
from pathlib import Path

from training.data import TrainingData
from training.splits import Split
from usecases.contract.spec import UseCase
from usecases.models.runtime import Examples, Fitted, Model, OnRound, Runtime
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


def as_served(use_case: UseCase, fitted: Fitted, runtime: Runtime) -> Model:
    """Save and load the model as a worker does, so that what is evaluated is what will be served."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / runtime.model_file
        fitted.model.save(path)
        model = runtime.load(path)
    model.require_fit(use_case)
    return model
