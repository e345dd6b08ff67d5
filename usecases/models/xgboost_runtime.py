"""XGBoost: boosted trees, stored in XGBoost's own UBJ or JSON format."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
from typing_extensions import override

from usecases.columns.features import CategoryFeature
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.calendar_columns import calendar_columns, column_names, sum_by_feature
from usecases.models.runtime import Examples, Fitted, Model, ModelError, OnRound, Runtime
from usecases.models.scoring import matrix
from usecases.tasks.definition import Output

if TYPE_CHECKING:  # XGBoost takes half a second to import, which Airflow and the doors need not spend
    from xgboost import Booster

XGBOOST_TYPES = {"float": "float", "integer": "int", "category": "c", "boolean": "i", "timestamp": "float"}
"""XGBoost's name for each kind of feature; `c` makes it split on sets of codes."""

_OBJECTIVES: dict[Output, tuple[str, ...]] = {
    Output.PROBABILITY: ("binary:logistic",),
    Output.PROBABILITIES: ("multi:softprob",),
    Output.NUMBER: ("reg:", "count:"),
}
"""Beginnings of the objectives whose answer is what the task says it is."""

_UBJ_OR_JSON = re.compile(rb"\A(\{L|\s*\{\s*\")")
"""How XGBoost's two open formats begin; a pickle, which could run code, never does."""


@dataclass(frozen=True, slots=True)
class XGBoostModel(Model):
    """Boosted trees.

    Attributes
    ----------
    booster
        The trees.
    rounds
        Boosting rounds that count; early stopping may have left more in the file.
    objective
        XGBoost's name of what the model was fitted for.
    """

    booster: Booster
    rounds: int
    objective: str

    @property
    @override
    def summary(self) -> str:
        return f"XGBoost's own, {self.rounds} rounds"

    @override
    def require_fit(self, use_case: UseCase) -> None:
        # A plain matrix carries no names, so XGBoost itself would score swapped columns without a word.
        wanted = column_names(use_case, with_calendar=self._has_calendar(use_case))
        found = self.booster.feature_names or []
        if self.booster.num_features() != len(wanted) or (found and found != wanted):
            raise ModelError(
                f"the model's features are {', '.join(found) or self.booster.num_features()}; "
                f"{use_case.name} has {', '.join(wanted)}"
            )
        _require_categories(use_case, self.booster)
        task = use_case.task.definition
        allowed = _OBJECTIVES[task.output]
        if not self.objective.startswith(allowed):
            raise ModelError(
                f"the model's objective is {self.objective}, a {use_case.task} needs {' or '.join(allowed)}; "
                "other objectives answer something else than a probability or a number"
            )
        answers = int(json.loads(self.booster.save_config())["learner"]["learner_model_param"]["num_class"])
        if task.class_outputs(use_case.classes) and answers != len(use_case.classes):
            raise ModelError(f"the model knows {answers} classes, {use_case.name} has {len(use_case.classes)}")

    @override
    def predict(self, use_case: UseCase, rows: pa.RecordBatch) -> Floats:
        encoded = matrix(use_case, rows, with_calendar=self._has_calendar(use_case))
        if self.booster.num_features() != encoded.shape[1]:
            raise ModelError(
                f"the model wants {self.booster.num_features()} features, the rows have {encoded.shape[1]}"
            )
        answers = self.booster.inplace_predict(encoded, iteration_range=(0, self.rounds))
        return np.asarray(answers, dtype=np.float64)

    @override
    def contributions(self, use_case: UseCase, rows: pa.RecordBatch) -> Floats:
        import xgboost  # noqa: PLC0415  # see the top

        with_calendar = self._has_calendar(use_case)
        encoded = xgboost.DMatrix(
            matrix(use_case, rows, with_calendar=with_calendar),
            feature_names=column_names(use_case, with_calendar=with_calendar),
            feature_types=_column_types(use_case, with_calendar=with_calendar),
            enable_categorical=True,
            nthread=1,
        )
        # Validation by name would refuse a model that carries no names; `require_fit` has held it against the use case.
        shares = self.booster.predict(
            encoded, pred_contribs=True, iteration_range=(0, self.rounds), validate_features=False
        )
        found = np.asarray(shares, dtype=np.float64)
        return sum_by_feature(use_case, found) if with_calendar else found

    @override
    def importance(self) -> Mapping[str, float]:
        gains = self.booster.get_score(importance_type="total_gain")
        return {name: float(np.sum(gain)) for name, gain in gains.items()}

    @override
    def save(self, path: Path) -> None:
        self.booster.save_model(path)

    def _has_calendar(self, use_case: UseCase) -> bool:
        """Return whether it was fitted on the columns of the calendar, too; models from before they were have none."""
        more = self.booster.num_features() - len(use_case.features)
        return more > 0 and more == len(calendar_columns(use_case))


class XGBoost(Runtime):
    """Boosted trees, fitted with histograms and stopped early by the validation rows."""

    name: ClassVar[str] = "xgboost"
    ending: ClassVar[str] = ".ubj"
    how_to_register: ClassVar[str] = "mlflow.xgboost.log_model(..., model_format='ubj')"

    @override
    def fit(
        self, use_case: UseCase, training: Examples, validation: Examples, on_round: OnRound | None = None
    ) -> Fitted:
        import xgboost  # noqa: PLC0415  # see the top

        def encoded(examples: Examples, ref: Any = None) -> Any:
            return xgboost.QuantileDMatrix(
                matrix(use_case, examples.rows, with_calendar=True),
                examples.targets,
                feature_names=column_names(use_case, with_calendar=True),
                feature_types=_column_types(use_case, with_calendar=True),
                enable_categorical=True,
                ref=ref,
            )

        limits = use_case.training
        parameters = _parameters(use_case)
        learned = encoded(training)
        booster = xgboost.train(
            parameters,
            learned,
            num_boost_round=limits.rounds,
            evals=[(encoded(validation, learned), "validation")],
            early_stopping_rounds=limits.early_stopping_rounds,
            verbose_eval=False,
            callbacks=[_listener(on_round, limits.rounds)] if on_round else None,
        )
        loss = float(booster.best_score)
        # Trees after the best round are cut off, so that nobody can predict with them.
        kept: Booster = booster[: booster.best_iteration + 1]
        rounds = kept.num_boosted_rounds()
        kept.set_attr(best_iteration=str(rounds - 1))
        chosen = {"rounds": rounds, "most_rounds": limits.rounds, "early_stopping_rounds": limits.early_stopping_rounds}
        return Fitted(XGBoostModel(kept, rounds, parameters["objective"]), parameters | chosen, loss)

    @override
    def options(self, use_case: UseCase) -> dict[str, float | int]:
        configured = use_case.training
        return {
            "max_depth": configured.max_depth, "learning_rate": configured.learning_rate,
            "subsample": configured.subsample, "colsample_bytree": configured.colsample_bytree,
            "min_child_weight": configured.min_child_weight,
        }  # fmt: skip

    @override
    def draw(self, rng: np.random.Generator) -> dict[str, float | int]:
        # Rates and weights evenly on a logarithmic scale.
        return {
            "max_depth": int(rng.integers(2, 9)),
            "learning_rate": round(float(np.exp(rng.uniform(np.log(0.03), np.log(0.3)))), 4),
            "subsample": round(float(rng.uniform(0.6, 1.0)), 3),
            "colsample_bytree": round(float(rng.uniform(0.6, 1.0)), 3),
            "min_child_weight": round(float(np.exp(rng.uniform(np.log(0.5), np.log(10)))), 3),
        }

    @override
    def load(self, path: Path, *, threads: int = 1) -> XGBoostModel:
        content = path.read_bytes()
        if _UBJ_OR_JSON.match(content) is None:
            raise ModelError(
                f"{path.name} is neither XGBoost UBJ nor JSON; save it with booster.save_model('model.ubj')"
            )
        import xgboost  # noqa: PLC0415  # see the top

        booster = xgboost.Booster()
        try:
            booster.load_model(bytearray(content))
            booster.set_param({"nthread": threads})
            objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
        except (xgboost.core.XGBoostError, ValueError, KeyError) as error:
            first_line = str(error).strip().partition("\n")[0]
            raise ModelError(f"{path.name} is damaged or no XGBoost model: {first_line}") from error
        best = booster.attr("best_iteration")
        rounds = booster.num_boosted_rounds() if best is None else int(best) + 1
        return XGBoostModel(booster, rounds, str(objective))

    @override
    def log(self, model: Model, **stored: Any) -> Any:
        assert isinstance(model, XGBoostModel)  # noqa: S101  # as the contract says
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of its own code
            import mlflow.xgboost  # noqa: PLC0415  # two seconds that only a training spends
        # Requirements are given, so that MLflow does not spend ten seconds on finding out.
        requirements = [f"xgboost-cpu=={installed_version('xgboost-cpu')}"]
        return mlflow.xgboost.log_model(model.booster, model_format="ubj", pip_requirements=requirements, **stored)


XGBOOST = XGBoost()


def _column_types(use_case: UseCase, *, with_calendar: bool) -> list[str]:
    types = [XGBOOST_TYPES[feature.type] for feature in use_case.features]
    return [*types, *("int" for _ in calendar_columns(use_case))] if with_calendar else types


def _parameters(use_case: UseCase) -> dict[str, Any]:
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


def _listener(on_round: OnRound, most: int) -> Any:
    from xgboost.callback import TrainingCallback  # noqa: PLC0415  # see the top

    class Listener(TrainingCallback):
        @override
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            on_round(epoch + 1, most)
            return False

    return Listener()


def _require_categories(use_case: UseCase, booster: Booster) -> None:
    """Compare the model's categories, where it remembers any, with the codes of the use case."""
    kinds = booster.feature_types or []
    remembered = dict(booster.get_categories(export_to_arrow=True).to_arrow() or ())
    for index, feature in enumerate(use_case.features):
        if kinds and (kinds[index] == "c") is not isinstance(feature, CategoryFeature):
            raise ModelError(f"{feature.name} is a {feature.type}, but of XGBoost's type {kinds[index]!r} in the model")
        found = remembered.get(feature.name)
        if isinstance(feature, CategoryFeature) and found is not None and not _codes_alike(feature.values, found):
            texts = found.cast(pa.string()).cast(pa.binary()).to_pylist()[:10]
            raise ModelError(
                f"{feature.name}: the model codes {', '.join(text.decode(errors='replace') for text in texts)} "
                f"in this order, the use case {', '.join(feature.values[:10])}"
            )


def _codes_alike(values: tuple[str, ...], remembered: pa.Array) -> bool:
    """Compare a model's list of categories with that of the use case.

    XGBoost 3.2 cuts the texts apart by their lengths in characters, not in bytes, and so shifts and loses what lies
    beyond ASCII. A list that was cut up like that is as good as the right one: it is only compared here.
    """
    found = remembered.cast(pa.string()).cast(pa.binary()).to_pylist()
    whole, ends = "".join(values).encode(), [0, *accumulate(map(len, values))]
    return found in ([value.encode() for value in values], [whole[start:end] for start, end in pairwise(ends)])
