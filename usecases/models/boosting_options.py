"""What a use case says of the training of boosted trees, whichever library fits them, and what a search tries instead."""

from __future__ import annotations

import numpy as np

from usecases.contract.spec import UseCase


def options_of(use_case: UseCase) -> dict[str, float | int]:
    """Return the parameters that a search may change, as the use case has them."""
    configured = use_case.training
    return {
        "max_depth": configured.max_depth, "learning_rate": configured.learning_rate,
        "subsample": configured.subsample, "colsample_bytree": configured.colsample_bytree,
        "min_child_weight": configured.min_child_weight,
    }  # fmt: skip


def draw_options(rng: np.random.Generator) -> dict[str, float | int]:
    """Draw other values of the same parameters, rates and weights evenly on a logarithmic scale.

    >>> sorted(draw_options(np.random.default_rng(1))) == ["colsample_bytree", "learning_rate", "max_depth",
    ...     "min_child_weight", "subsample"]
    True
    """
    return {
        "max_depth": int(rng.integers(2, 9)),
        "learning_rate": round(float(np.exp(rng.uniform(np.log(0.03), np.log(0.3)))), 4),
        "subsample": round(float(rng.uniform(0.6, 1.0)), 3),
        "colsample_bytree": round(float(rng.uniform(0.6, 1.0)), 3),
        "min_child_weight": round(float(np.exp(rng.uniform(np.log(0.5), np.log(10)))), 3),
    }
