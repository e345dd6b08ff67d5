"""XGBoost: boosted trees, stored in XGBoost's own UBJ or JSON format."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
from typing_extensions import override

from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.boosting_options import draw_options, options_of
from usecases.models.calendar_columns import column_names, sum_by_feature
from usecases.models.quantile_offsets import OFFSETS, Offsets, conformal_offsets
from usecases.models.runtime import (
    ExampleBlocks,
    Examples,
    Fitted,
    Model,
    ModelError,
    NoExplanationError,
    NotTold,
    OnRound,
    Runtime,
    first_line,
)
from usecases.models.scoring import has_calendar, matrix
from usecases.models.xgboost_checks import categories_not_told, require_alike
from usecases.models.xgboost_matrices import blocks_matrix, column_types, imported_xgboost, quantile_matrix
from usecases.models.xgboost_parameters import parameters_of

if TYPE_CHECKING:  # XGBoost takes half a second to import, which Airflow and the doors need not spend
    from xgboost import Booster

_UBJ_OR_JSON = re.compile(rb"\A(\{L|\s*\{\s*\")")
"""How XGBoost's two open formats begin; a pickle, which could run code, never does."""

_TREE_WEIGHTS = b"weight_drop"
"""What trees that were fitted with dropout weigh; the file of a newer XGBoost has it where an older one does not look."""


@dataclass(frozen=True, slots=True)
class XGBoostModel(Model):
    """Boosted trees.

    Attributes
    ----------
    booster
        The trees.
    rounds
        Boosting rounds that count: all in the file, or those up to the best of a model that was fitted by way of
        scikit-learn's interface. As XGBoost itself predicts with either, which matters where fitting was stopped early.
    objective
        XGBoost's name of what the model was fitted for.
    offsets
        What is added to its quantiles, so that intervals hold what they say; none of other tasks.
    adds_up_otherwise
        Whether XGBoost adds up its trees in another order for a plain matrix than for the table of a notebook, as it does
        for the booster dart, so that last digits differ.
    """

    booster: Booster
    rounds: int
    objective: str
    offsets: Offsets | None = None
    adds_up_otherwise: bool = False

    @property
    @override
    def summary(self) -> str:
        every, best = self.booster.num_boosted_rounds(), self.booster.attr("best_iteration")
        if self.rounds < every:
            return f"XGBoost's own, {self.rounds} of {every} rounds: those up to the best, as its scikit-learn interface predicts"
        if best is not None and int(best) + 1 < every:
            return f"XGBoost's own, all {every} rounds, though {int(best) + 1} were best: as Booster.predict() predicts"
        return f"XGBoost's own, {every} rounds"

    @override
    def require_fit(self, use_case: UseCase) -> None:
        wanted = column_names(use_case, with_calendar=self._has_calendar(use_case))
        require_alike(use_case, self.booster, wanted)

    @override
    def not_told(self, use_case: UseCase) -> NotTold:
        return NotTold(not self.booster.feature_names, categories_not_told(use_case, self.booster))

    @override
    def predict(self, use_case: UseCase, rows: pa.RecordBatch) -> Floats:
        encoded = matrix(use_case, rows, with_calendar=self._has_calendar(use_case))
        if self.booster.num_features() != encoded.shape[1]:
            raise ModelError(
                f"the model wants {self.booster.num_features()} features, the rows have {encoded.shape[1]}"
            )
        try:
            if self.adds_up_otherwise:
                answers = self._predict(self._table(use_case, encoded))
            else:
                answers = self.booster.inplace_predict(encoded, iteration_range=(0, self.rounds))
        except ValueError as error:  # XGBoost's own are of this kind
            raise ModelError(f"XGBoost cannot score with it: {first_line(error)}") from error
        found = np.asarray(answers, dtype=np.float64)
        return found if self.offsets is None else self.offsets.add(found, rows)

    @override
    def contributions(self, use_case: UseCase, rows: pa.RecordBatch) -> Floats:
        with_calendar = self._has_calendar(use_case)
        encoded = self._table(use_case, matrix(use_case, rows, with_calendar=with_calendar))
        try:
            found = np.asarray(self._predict(encoded, pred_contribs=True), dtype=np.float64)
        except ValueError as error:
            # Before 3.4, of trees that answer all classes at once, which are served all the same.
            raise NoExplanationError(
                f"XGBoost does not tell what each feature contributed: {first_line(error)}"
            ) from error
        if use_case.forecast is not None:
            found = found[:, len(use_case.outputs) // 2]  # of the median, which is the answer
        return sum_by_feature(use_case, found) if with_calendar else found

    @override
    def importance(self) -> Mapping[str, float]:
        gains = self.booster.get_score(importance_type="total_gain")
        return {name: float(np.sum(gain)) for name, gain in gains.items()}

    @override
    def save(self, path: Path) -> None:
        self.booster.save_model(path)

    def _table(self, use_case: UseCase, encoded: np.ndarray[Any, np.dtype[np.float32]]) -> Any:
        with_calendar = self._has_calendar(use_case)
        return imported_xgboost().DMatrix(
            encoded,
            feature_names=column_names(use_case, with_calendar=with_calendar),
            feature_types=column_types(use_case, with_calendar=with_calendar),
            enable_categorical=True,
            nthread=1,
        )

    def _predict(self, table: Any, **what: Any) -> Any:
        # Validation by name would refuse a model that carries no names; `require_fit` has held it against the use case.
        return self.booster.predict(table, iteration_range=(0, self.rounds), validate_features=False, **what)

    def _has_calendar(self, use_case: UseCase) -> bool:
        return has_calendar(use_case, self.booster.num_features())


class XGBoost(Runtime):
    """Boosted trees, fitted with histograms and stopped early by the validation rows."""

    name: ClassVar[str] = "xgboost"
    ending: ClassVar[str] = ".ubj"
    how_to_register: ClassVar[str] = "mlflow.xgboost.log_model(..., model_format='ubj')"

    @override
    def fit(
        self, use_case: UseCase, training: Examples, validation: Examples, on_round: OnRound | None = None
    ) -> Fitted:
        learned = quantile_matrix(use_case, training)
        fitted = _fitted(use_case, learned, quantile_matrix(use_case, validation, learned), on_round)
        return replace(fitted, model=_finished(use_case, fitted.model, validation))

    @override
    def fit_blocks(
        self,
        use_case: UseCase,
        training: ExampleBlocks,
        validation: ExampleBlocks,
        cache: Path | None = None,
        on_round: OnRound | None = None,
    ) -> Fitted:
        learned = blocks_matrix(use_case, training, cache and cache / "training")
        watched = blocks_matrix(use_case, validation, cache and cache / "validation", learned)
        return _fitted(use_case, learned, watched, on_round)

    @override
    def refit(self, use_case: UseCase, fitted: Fitted, examples: Examples) -> Fitted:
        xgboost = imported_xgboost()
        before = fitted.model
        assert isinstance(before, XGBoostModel)  # noqa: S101  # as the contract says
        booster = xgboost.train(
            parameters_of(use_case), quantile_matrix(use_case, examples), num_boost_round=before.rounds
        )
        return replace(fitted, model=_with_offsets(booster, before.objective, before.offsets))

    @override
    def options(self, use_case: UseCase) -> dict[str, float | int]:
        return options_of(use_case)

    @override
    def draw(self, rng: np.random.Generator) -> dict[str, float | int]:
        return draw_options(rng)

    @override
    def load(self, path: Path, *, threads: int = 1) -> XGBoostModel:
        content = path.read_bytes()
        if _UBJ_OR_JSON.match(content) is None:
            raise ModelError(
                f"{path.name} is neither XGBoost UBJ nor JSON; save it with booster.save_model('model.ubj')"
            )
        xgboost = imported_xgboost()
        booster = xgboost.Booster()
        try:
            booster.load_model(bytearray(content))
            booster.set_param({"nthread": threads})
            learner = json.loads(booster.save_config())["learner"]
            objective, is_dart = str(learner["objective"]["name"]), learner["gradient_booster"]["name"] == "dart"
            rounds = _rounds_that_count(booster)
            without_weights = _TREE_WEIGHTS in content and _TREE_WEIGHTS not in booster.save_raw("ubj")
        except (xgboost.core.XGBoostError, ValueError, KeyError) as error:
            raise ModelError(f"{path.name} is damaged or no XGBoost model: {first_line(error)}") from error
        if without_weights:
            raise ModelError(
                f"{path.name} was written by a newer XGBoost, with weights of its trees that {xgboost.__version__} leaves out, so "
                "that it would score wrongly; fit it without rate_drop, skip_drop and one_drop, or serve it on Debian 13"
            )
        offsets = booster.attr(OFFSETS)
        return XGBoostModel(booster, rounds, objective, None if offsets is None else Offsets.read(offsets), is_dart)

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


def _rounds_that_count(booster: Booster) -> int:
    """Return how many rounds XGBoost itself predicts with by default.

    A model of its scikit-learn interface, which marks its files, predicts up to the best round; a Booster with all.
    """
    rounds, best = booster.num_boosted_rounds(), booster.attr("best_iteration")
    by_scikit_learn = booster.attr("scikit_learn") is not None
    return min(int(best) + 1, rounds) if best is not None and by_scikit_learn else rounds


def _fitted(use_case: UseCase, learned: Any, watched: Any, on_round: OnRound | None) -> Fitted:
    """Fit on one matrix until another, which is not learned from, shows no gain any more."""
    limits = use_case.training
    parameters = parameters_of(use_case)
    booster = imported_xgboost().train(
        parameters,
        learned,
        num_boost_round=limits.rounds,
        evals=[(watched, "validation")],
        early_stopping_rounds=limits.early_stopping_rounds,
        verbose_eval=False,
        callbacks=[_listener(on_round, limits.rounds)] if on_round else None,
    )
    loss = float(booster.best_score)
    # Trees after the best round are cut off, so that nobody can predict with them.
    model = _with_offsets(booster[: booster.best_iteration + 1], parameters["objective"], None)
    chosen = {
        "rounds": model.rounds, "most_rounds": limits.rounds, "early_stopping_rounds": limits.early_stopping_rounds,
    }  # fmt: skip
    return Fitted(model, parameters | chosen, loss)


def _finished(use_case: UseCase, model: Model, validation: Examples) -> Model:
    """Return the model, its intervals set by the rows that it has not learned from."""
    if use_case.forecast is None:
        return model
    assert isinstance(model, XGBoostModel)  # noqa: S101  # it was fitted here
    answers = model.predict(use_case, validation.rows)
    offsets = conformal_offsets(use_case.forecast, answers, validation.rows, validation.targets)
    return _with_offsets(model.booster, model.objective, offsets)


def _with_offsets(booster: Booster, objective: str, offsets: Offsets | None) -> XGBoostModel:
    rounds = booster.num_boosted_rounds()
    booster.set_attr(best_iteration=str(rounds - 1))
    if offsets is not None:
        booster.set_attr(**{OFFSETS: offsets.write()})
    return XGBoostModel(booster, rounds, objective, offsets)


def _listener(on_round: OnRound, most: int) -> Any:
    from xgboost.callback import TrainingCallback  # noqa: PLC0415  # see the top

    class Listener(TrainingCallback):
        @override
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            on_round(epoch + 1, most)
            return False

    return Listener()
