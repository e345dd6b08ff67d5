"""LightGBM: boosted trees, stored in LightGBM's own text format."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
from typing_extensions import override

from usecases.columns.features import CategoryFeature
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.boosting_options import draw_options, options_of
from usecases.models.calendar_columns import column_names, sum_by_feature
from usecases.models.lightgbm_file import LightGBMFile, read_lightgbm
from usecases.models.runtime import Examples, Fitted, Model, ModelError, NotTold, OnRound, Runtime, first_line
from usecases.models.scoring import has_calendar, matrix
from usecases.tasks.definition import Output

if TYPE_CHECKING:  # half a second that Airflow and the doors need not spend
    from lightgbm import Booster

_OBJECTIVES: dict[Output, tuple[str, ...]] = {
    Output.PROBABILITY: ("binary", "cross_entropy"),
    Output.PROBABILITIES: ("multiclass",),
    Output.NUMBER: (
        "regression", "regression_l1", "huber", "fair", "poisson", "quantile", "mape", "gamma", "tweedie",
    ),
    Output.QUANTILES: (),
}  # fmt: skip
"""Objectives whose answer is what the task says it is; of several quantiles LightGBM fits one at a time."""


@dataclass(frozen=True, slots=True)
class LightGBMModel(Model):
    """Boosted trees.

    Attributes
    ----------
    booster
        The trees.
    rounds
        Boosting rounds in the file; LightGBM writes those up to the best where fitting was stopped early.
    about
        What the file says of itself.
    threads
        Threads of a prediction.
    """

    booster: Booster
    rounds: int
    about: LightGBMFile
    threads: int = 1

    @property
    @override
    def summary(self) -> str:
        return f"LightGBM's own, {self.rounds} rounds"

    @override
    def require_fit(self, use_case: UseCase) -> None:
        wanted = column_names(use_case, with_calendar=self._has_calendar(use_case))
        if self.about.features != len(wanted) or (self.about.names and list(self.about.names) != wanted):
            raise ModelError(
                f"the model's features are {', '.join(self.about.names) or self.about.features}; "
                f"{use_case.name} has {', '.join(wanted)}"
            )
        named = [feature for feature in use_case.features if isinstance(feature, CategoryFeature)]
        if self.about.categories is not None:
            if len(self.about.categories) != len(named):
                raise ModelError(
                    f"the model was fitted with {len(self.about.categories)} category columns, {use_case.name} has {len(named)}"
                )
            for feature, values in zip(named, self.about.categories, strict=True):
                if values != feature.values:
                    raise ModelError(
                        f"{feature.name}: the model codes {', '.join(values[:10])} in this order, the use case "
                        f"{', '.join(feature.values[:10])}; fit it on pd.Categorical(values, categories=[...]) in the order "
                        "of the use case"
                    )
        allowed = _OBJECTIVES[use_case.task.definition.output]
        if self.about.objective not in allowed:
            raise ModelError(
                f"the model's objective is {self.about.objective or 'one of its own'}, a {use_case.task} needs "
                f"{' or '.join(allowed) or 'a model of XGBoost'}"
            )
        if (answers := len(use_case.task.definition.class_outputs(use_case.classes)) or 1) != self.about.answers:
            raise ModelError(f"the model gives {self.about.answers} numbers for a row, {use_case.name} has {answers}")

    @override
    def not_told(self, use_case: UseCase) -> NotTold:
        named = tuple(feature.name for feature in use_case.features if isinstance(feature, CategoryFeature))
        return NotTold(not self.about.names, named if self.about.categories is None else ())

    @override
    def predict(self, use_case: UseCase, rows: pa.RecordBatch) -> Floats:
        return self._predict(use_case, rows)

    @override
    def contributions(self, use_case: UseCase, rows: pa.RecordBatch) -> Floats:
        shares = self._predict(use_case, rows, pred_contrib=True).reshape(rows.num_rows, self.about.answers, -1)
        return sum_by_feature(use_case, shares) if self._has_calendar(use_case) else shares

    @override
    def importance(self) -> Mapping[str, float]:
        gains = self.booster.feature_importance("gain")
        return {name: float(gain) for name, gain in zip(self.booster.feature_name(), gains, strict=True) if gain}

    @override
    def save(self, path: Path) -> None:
        self.booster.save_model(path)

    def _predict(self, use_case: UseCase, rows: pa.RecordBatch, **what: Any) -> Floats:
        # LightGBM compares 64-bit numbers: with 32 bits a row could fall on the other side of a split.
        encoded = matrix(use_case, rows, with_calendar=self._has_calendar(use_case), dtype=np.float64)
        if self.about.features != encoded.shape[1]:
            raise ModelError(f"the model wants {self.about.features} features, the rows have {encoded.shape[1]}")
        try:
            answers = self.booster.predict(encoded, num_threads=self.threads, **what)
        except _imported().basic.LightGBMError as error:
            raise ModelError(f"LightGBM cannot score with it: {first_line(error)}") from error
        return np.asarray(answers, dtype=np.float64)

    def _has_calendar(self, use_case: UseCase) -> bool:
        return has_calendar(use_case, self.about.features)


class LightGBM(Runtime):
    """Boosted trees, stopped early by the validation rows."""

    name: ClassVar[str] = "lightgbm"
    ending: ClassVar[str] = ".lgb"
    how_to_register: ClassVar[str] = "mlflow.lightgbm.log_model(booster, ...)"

    @override
    def fit(
        self, use_case: UseCase, training: Examples, validation: Examples, on_round: OnRound | None = None
    ) -> Fitted:
        library = _imported()
        limits, parameters = use_case.training, _parameters(use_case)
        learned = _data(use_case, training)
        callbacks = [library.early_stopping(limits.early_stopping_rounds, verbose=False)]
        if on_round is not None:
            callbacks.append(lambda env: on_round(env.iteration + 1, limits.rounds))
        booster = library.train(
            parameters,
            learned,
            num_boost_round=limits.rounds,
            valid_sets=[_data(use_case, validation, learned)],
            valid_names=["validation"],
            callbacks=callbacks,
        )
        model = _read(booster)
        [loss] = booster.best_score["validation"].values()
        chosen = {
            "rounds": model.rounds, "most_rounds": limits.rounds, "early_stopping_rounds": limits.early_stopping_rounds,
        }  # fmt: skip
        return Fitted(model, parameters | chosen, float(loss))

    @override
    def refit(self, use_case: UseCase, fitted: Fitted, examples: Examples) -> Fitted:
        rounds = fitted.model.rounds
        booster = _imported().train(_parameters(use_case), _data(use_case, examples), num_boost_round=rounds)
        return replace(fitted, model=_read(booster))

    @override
    def options(self, use_case: UseCase) -> dict[str, float | int]:
        return options_of(use_case)

    @override
    def draw(self, rng: np.random.Generator) -> dict[str, float | int]:
        return draw_options(rng)

    @override
    def load(self, path: Path, *, threads: int = 1) -> LightGBMModel:
        content = path.read_bytes()
        try:
            about = read_lightgbm(content)
            booster = _imported().Booster(model_str=about.checked)
        except ModelError as error:
            raise ModelError(f"{path.name}: {error}") from error
        except (_imported().basic.LightGBMError, ValueError) as error:
            raise ModelError(f"{path.name} is damaged or no LightGBM model: {first_line(error)}") from error
        return LightGBMModel(booster, booster.current_iteration(), about, threads)

    @override
    def log(self, model: Model, **stored: Any) -> Any:
        assert isinstance(model, LightGBMModel)  # noqa: S101  # as the contract says
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of its own code
            import mlflow.lightgbm  # noqa: PLC0415  # two seconds that only a training spends
        # Requirements are given, so that MLflow does not spend ten seconds on finding out.
        requirements = [f"lightgbm=={installed_version('lightgbm')}"]
        return mlflow.lightgbm.log_model(model.booster, pip_requirements=requirements, **stored)


LIGHTGBM = LightGBM()


def _imported() -> Any:
    """Import LightGBM so that its threads sleep while they wait for each other; see XGBoost's file for why."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import lightgbm  # noqa: PLC0415  # see the top
    except OSError as error:
        raise ModelError(
            f"LightGBM lacks a library of the system ({error}); install it: apt-get install libgomp1"
        ) from error
    return lightgbm


def _parameters(use_case: UseCase) -> dict[str, Any]:
    """Return what a model of a use case is fitted with."""
    chosen, task = use_case.training, use_case.task.definition
    if not _OBJECTIVES[task.output]:
        raise ModelError(f"LightGBM fits one quantile at a time, so {use_case.name} is fitted by XGBoost")
    parameters: dict[str, Any] = {
        "objective": _OBJECTIVES[task.output][0],
        "max_depth": chosen.max_depth,
        "num_leaves": min(2**chosen.max_depth, 255),
        "learning_rate": chosen.learning_rate,
        "bagging_fraction": chosen.subsample,
        "bagging_freq": 1,
        "feature_fraction": chosen.colsample_bytree,
        "min_sum_hessian_in_leaf": chosen.min_child_weight,
        "seed": chosen.seed,
        "deterministic": True,
        "force_row_wise": True,  # by itself it tries which way is faster, so that last digits differ from run to run
        "verbose": -1,
    }
    several = task.class_outputs(use_case.classes)
    return parameters | ({"num_class": len(several)} if several else {})


def _data(use_case: UseCase, examples: Examples, reference: Any = None) -> Any:
    categories = [place for place, one in enumerate(use_case.features) if isinstance(one, CategoryFeature)]
    return _imported().Dataset(
        matrix(use_case, examples.rows, with_calendar=True, dtype=np.float64),
        examples.targets,
        feature_name=column_names(use_case, with_calendar=True),
        categorical_feature=categories,
        reference=reference,
    )


def _read(booster: Any) -> LightGBMModel:
    """Return the model as its file would give it: with the rounds up to the best alone."""
    text = booster.model_to_string()
    about = read_lightgbm(text.encode())
    kept = _imported().Booster(model_str=text)
    return LightGBMModel(kept, kept.current_iteration(), about)
