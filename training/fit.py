"""Fit the trees: split, boost, and stop where the validation rows stop gaining."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from training.data import TrainingData
from training.errors import ForecastNotSupportedError
from usecases.matrix import XGBOOST_TYPES, matrix
from usecases.spec import UseCase
from usecases.tasks.definition import Output

if TYPE_CHECKING:
    from xgboost import Booster

VALIDATION_SHARE = 0.2
"""Share of the rows left after the holdout that early stopping watches; they are not evaluated on."""

Positions = np.ndarray[Any, np.dtype[np.int64]]

OnRound = Callable[[int, int], None]
"""Hears the rounds done and the most there can be."""


@dataclass(frozen=True, slots=True)
class Split:
    """Positions of the rows by what they are for; each row is in one of them."""

    training: Positions
    validation: Positions
    holdout: Positions


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model.

    Attributes
    ----------
    booster
        The trees that count; those after the best round are cut off, so that nobody can predict with them.
    parameters
        What it was fitted with, for the record.
    validation
        Loss on the validation rows in the best round.
    """

    booster: Booster
    parameters: dict[str, Any]
    validation: float


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


def fit(use_case: UseCase, data: TrainingData, parts: Split, on_round: OnRound | None = None) -> Fitted:
    """Fit XGBoost on the training rows, stopping early by the validation rows.

    Raises
    ------
    ForecastNotSupportedError
        If the task is a forecast.
    """
    import xgboost  # noqa: PLC0415  # a second that Airflow need not spend

    encoded = matrix(use_case, data.rows)

    def rows_of(positions: Positions, ref: Any = None) -> Any:
        return xgboost.QuantileDMatrix(
            encoded[positions],
            data.targets[positions],
            feature_names=[feature.name for feature in use_case.features],
            feature_types=[XGBOOST_TYPES[feature.type] for feature in use_case.features],
            enable_categorical=True,
            ref=ref,
        )

    parameters = parameters_of(use_case)
    training = rows_of(parts.training)
    limits = use_case.training
    booster = xgboost.train(
        parameters,
        training,
        num_boost_round=limits.rounds,
        evals=[(rows_of(parts.validation, training), "validation")],
        early_stopping_rounds=limits.early_stopping_rounds,
        verbose_eval=False,
        callbacks=[_listener(on_round, limits.rounds)] if on_round else None,
    )
    validation = float(booster.best_score)
    kept: Booster = booster[: booster.best_iteration + 1]
    kept.set_attr(best_iteration=str(kept.num_boosted_rounds() - 1))
    chosen = {"rounds": kept.num_boosted_rounds(), "most_rounds": limits.rounds}
    return Fitted(kept, parameters | chosen | {"early_stopping_rounds": limits.early_stopping_rounds}, validation)


def parameters_of(use_case: UseCase) -> dict[str, Any]:
    """Give XGBoost's parameters for a use case."""
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
    task = use_case.task.definition
    if task.why_not_trained:
        raise ForecastNotSupportedError(f"{use_case.name} {task.why_not_trained}")
    match task.output:
        case Output.PROBABILITY:
            parameters |= {"objective": "binary:logistic", "eval_metric": "logloss"}
        case Output.PROBABILITIES:
            classes = len(use_case.classes)
            parameters |= {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_class": classes}
        case Output.NUMBER:
            parameters |= {"objective": "reg:squarederror", "eval_metric": "rmse"}
    return parameters


def _listener(on_round: OnRound, most: int) -> Any:
    from typing_extensions import override  # noqa: PLC0415  # its base class is known only here
    from xgboost.callback import TrainingCallback  # noqa: PLC0415  # see fit()

    class Listener(TrainingCallback):
        @override
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            on_round(epoch + 1, most)
            return False

    return Listener()
