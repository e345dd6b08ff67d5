"""XGBoost's parameters for what a use case says of its training and its task."""

from __future__ import annotations

from typing import Any

from usecases.contract.spec import UseCase
from usecases.tasks.definition import Output

OBJECTIVES: dict[Output, tuple[str, ...]] = {
    Output.PROBABILITY: ("binary:logistic", "reg:logistic"),
    Output.PROBABILITIES: ("multi:softprob",),
    Output.NUMBER: ("reg:", "count:"),
    Output.QUANTILES: ("reg:quantileerror",),
}
"""Beginnings of the objectives whose answer is what the task says it is."""


def parameters_of(use_case: UseCase) -> dict[str, Any]:
    """Return what a model of a use case is fitted with."""
    chosen = use_case.training
    parameters: dict[str, Any] = {
        "tree_method": "hist",
        "max_depth": chosen.max_depth,
        "learning_rate": chosen.learning_rate,
        "subsample": chosen.subsample,
        "colsample_bytree": chosen.colsample_bytree,
        "min_child_weight": chosen.min_child_weight,
        "seed": chosen.seed,
    }
    match use_case.task.definition.output:
        case Output.PROBABILITY:
            return parameters | {"objective": "binary:logistic", "eval_metric": "logloss"}
        case Output.PROBABILITIES:
            classes = len(use_case.classes)
            return parameters | {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_class": classes}
        case Output.NUMBER:
            return parameters | {"objective": "reg:squarederror", "eval_metric": "rmse"}
        case Output.QUANTILES:
            levels = use_case.forecast.quantiles if use_case.forecast else ()
            return parameters | {"objective": "reg:quantileerror", "quantile_alpha": list(levels)}
