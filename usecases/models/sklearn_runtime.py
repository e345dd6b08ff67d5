"""scikit-learn: whatever a notebook fits with it, stored by skops; boosted trees where it is fitted here."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from typing_extensions import override

from usecases.columns.features import CategoryFeature
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.boosting_options import draw_options, options_of
from usecases.models.calendar_columns import column_names
from usecases.models.runtime import (
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
from usecases.models.scoring import has_calendar
from usecases.models.sklearn_file import TRUSTED_TYPES, parts_of, read_sklearn
from usecases.models.sklearn_tables import class_places, class_texts, estimator_table
from usecases.tasks.definition import Output

_OPTIONS = ("max_depth", "learning_rate", "colsample_bytree")
"""Training parameters that its boosted trees have, too."""


@dataclass(frozen=True, slots=True)
class SklearnModel(Model):
    """An estimator, or a pipeline of them.

    Attributes
    ----------
    estimator
        What scores.
    content
        Its file; skops would write another one each time.
    rounds
        Rounds of boosting, or steps of the solver; 1 where it has none.
    columns, names
        How many columns it was fitted on, and what they are called; no names where that was an array.
    takes_texts
        Whether it encodes categories itself, so that it gets their texts; else it gets their codes.
    """

    estimator: Any
    content: bytes
    rounds: int
    columns: int
    names: tuple[str, ...]
    takes_texts: bool

    @property
    @override
    def summary(self) -> str:
        kind = type(self.estimator)
        last = f" with {type(self.estimator[-1]).__name__}" if kind.__name__ == "Pipeline" else ""
        fitted, here = getattr(self.estimator, "_sklearn_version", ""), installed_version("scikit-learn")
        by = f", fitted with {fitted} and served with {here}" if fitted and fitted != here else ""
        return f"scikit-learn's {kind.__name__}{last}, as skops writes it{by}"

    @override
    def require_fit(self, use_case: UseCase) -> None:
        wanted = column_names(use_case, with_calendar=self._has_calendar(use_case))
        if self.columns != len(wanted) or (self.names and set(self.names) != set(wanted)):
            raise ModelError(
                f"the model's features are {', '.join(self.names) or self.columns}; {use_case.name} has {', '.join(wanted)}"
            )
        output = use_case.task.definition.output
        if output is Output.QUANTILES:
            raise ModelError(f"scikit-learn fits one quantile at a time, so {use_case.name} is fitted by XGBoost")
        classes = getattr(self.estimator, "classes_", None)
        if output is Output.NUMBER:
            if classes is not None:
                raise ModelError(f"the model answers with classes, {use_case.name} wants a number")
            return
        if not hasattr(self.estimator, "predict_proba"):
            raise ModelError(
                "the model gives no probabilities; choose one that has predict_proba, or put CalibratedClassifierCV around it"
            )
        class_places(use_case, class_texts(classes))

    @override
    def not_told(self, use_case: UseCase) -> NotTold:
        # An encoder may know fewer values than the use case allows, or be none at all.
        categories = tuple(feature.name for feature in use_case.features if isinstance(feature, CategoryFeature))
        return NotTold(not self.names, categories)

    @override
    def predict(self, use_case: UseCase, rows: pa.RecordBatch) -> Floats:
        table = self._table(use_case, rows)
        try:
            if use_case.task.definition.output is Output.NUMBER:
                numbers = np.asarray(self.estimator.predict(table), dtype=np.float64)
                # Fitted on a table of one column, as df[["price"]] is, it answers with one.
                return numbers.ravel() if numbers.shape == (rows.num_rows, 1) else numbers
            found = np.asarray(self.estimator.predict_proba(table), dtype=np.float64)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise ModelError(f"scikit-learn cannot score with it: {first_line(error)}") from error
        places = class_places(use_case, class_texts(self.estimator.classes_))
        if use_case.task.definition.output is Output.PROBABILITY:
            return np.ascontiguousarray(found[:, places[-1]])
        return np.ascontiguousarray(found[:, list(places)])

    @override
    def contributions(self, use_case: UseCase, rows: pa.RecordBatch) -> Floats:
        raise NoExplanationError("scikit-learn does not tell what each feature contributed to an answer")

    @override
    def importance(self) -> Mapping[str, float]:
        found = getattr(self.estimator, "feature_importances_", ())
        return dict(zip(self.names, map(float, found), strict=False))

    @override
    def save(self, path: Path) -> None:
        path.write_bytes(self.content)

    def _has_calendar(self, use_case: UseCase) -> bool:
        return has_calendar(use_case, self.columns)

    def _table(self, use_case: UseCase, rows: pa.RecordBatch) -> Any:
        with_calendar = self._has_calendar(use_case)
        if self.columns != len(column_names(use_case, with_calendar=with_calendar)):
            raise ModelError(f"the model wants {self.columns} features, the rows have {len(use_case.features)}")
        return estimator_table(use_case, rows, self.names, with_calendar=with_calendar, with_texts=self.takes_texts)


class Sklearn(Runtime):
    """Estimators of scikit-learn; those that are fitted here are boosted trees that are stopped early by the validation rows."""

    name: ClassVar[str] = "sklearn"
    ending: ClassVar[str] = ".skops"
    file_key: ClassVar[str] = "pickled_model"
    how_to_register: ClassVar[str] = "mlflow.sklearn.log_model(model, serialization_format='skops', ...)"

    @override
    def is_open(self, described: Mapping[str, Any]) -> bool:
        return described.get("serialization_format") == "skops"

    @override
    def fit(
        self, use_case: UseCase, training: Examples, validation: Examples, on_round: OnRound | None = None
    ) -> Fitted:
        estimator, parameters = _boosting(use_case)
        learned, watched = (_boosting_table(use_case, one.rows) for one in (training, validation))
        try:
            estimator.fit(
                learned,
                _answers(use_case, training.targets),
                X_val=watched,
                y_val=_answers(use_case, validation.targets),
            )
        except ValueError as error:
            raise ModelError(f"scikit-learn cannot learn from these rows: {first_line(error)}") from error
        if on_round is not None:
            on_round(estimator.n_iter_, use_case.training.rounds)
        model = _model(estimator, _dumped(estimator))
        chosen = {"rounds": model.rounds, "most_rounds": use_case.training.rounds}
        return Fitted(model, parameters | chosen, -float(estimator.validation_score_[-1]))

    @override
    def options(self, use_case: UseCase) -> dict[str, float | int]:
        return {name: value for name, value in options_of(use_case).items() if name in _OPTIONS}

    @override
    def draw(self, rng: np.random.Generator) -> dict[str, float | int]:
        return {name: value for name, value in draw_options(rng).items() if name in _OPTIONS}

    @override
    def load(self, path: Path, *, threads: int = 1) -> SklearnModel:
        content = path.read_bytes()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of another version's model; its golden batch proves it
                estimator = read_sklearn(content)
            for part, _ in parts_of(estimator):
                if hasattr(part, "n_jobs"):
                    part.n_jobs = threads
            return _model(estimator, content)
        except ModelError as error:
            raise ModelError(f"{path.name}: {error}") from error

    @override
    def log(self, model: Model, **stored: Any) -> Any:
        assert isinstance(model, SklearnModel)  # noqa: S101  # as the contract says
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of its own code
            import mlflow.sklearn  # noqa: PLC0415  # two seconds that only a training spends
            from mlflow.models import Model as Described  # noqa: PLC0415  # same
        # Requirements are given, so that MLflow does not spend ten seconds on finding out.
        requirements = [f"{name}=={installed_version(name)}" for name in ("scikit-learn", "skops")]

        def save_model(path: str, **how: Any) -> None:
            mlflow.sklearn.save_model(
                model.estimator,
                path,
                serialization_format="skops",
                skops_trusted_types=list(TRUSTED_TYPES),
                pip_requirements=requirements,
                **how,
            )
            model.save(Path(path) / self.model_file)  # the file whose digest is noted

        flavour = SimpleNamespace(save_model=save_model, __name__="mlflow.sklearn")
        return Described.log(artifact_path=None, flavor=flavour, **stored)


SKLEARN = Sklearn()


def _model(estimator: Any, content: bytes) -> SklearnModel:
    columns = getattr(estimator, "n_features_in_", None)
    if columns is None or not hasattr(estimator, "predict"):
        raise ModelError(f"it holds {type(estimator).__name__}, which is no fitted model")
    names = tuple(map(str, getattr(estimator, "feature_names_in_", ())))
    encoders = (part.categories_ for part, _ in parts_of(estimator) if hasattr(part, "categories_"))
    takes_texts = any(np.asarray(values).dtype.kind in "OUST" for known in encoders for values in known)
    rounds = int(np.max(np.atleast_1d(getattr(estimator, "n_iter_", 1))))
    return SklearnModel(estimator, content, rounds, int(columns), names, takes_texts)


def _boosting(use_case: UseCase) -> tuple[Any, dict[str, Any]]:
    """Return the estimator that is fitted for a use case, and what it is fitted with."""
    from sklearn.ensemble import (  # noqa: PLC0415  # a second that Airflow and the doors need not spend
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
    )

    chosen, output = use_case.training, use_case.task.definition.output
    if output is Output.QUANTILES:
        raise ModelError(f"scikit-learn fits one quantile at a time, so {use_case.name} is fitted by XGBoost")
    parameters: dict[str, Any] = {
        "max_iter": chosen.rounds,
        "max_depth": chosen.max_depth,
        "max_leaf_nodes": min(2**chosen.max_depth, 255),
        "learning_rate": chosen.learning_rate,
        "max_features": chosen.colsample_bytree,
        "n_iter_no_change": chosen.early_stopping_rounds,
        "random_state": chosen.seed,
    }
    kind = HistGradientBoostingRegressor if output is Output.NUMBER else HistGradientBoostingClassifier
    categories = [feature.name for feature in use_case.features if isinstance(feature, CategoryFeature)]
    return kind(early_stopping=True, scoring="loss", categorical_features=categories or None, **parameters), parameters


def _boosting_table(use_case: UseCase, rows: pa.RecordBatch) -> Any:
    names = column_names(use_case, with_calendar=True)
    return estimator_table(use_case, rows, names, with_calendar=True, with_texts=False)


def _answers(use_case: UseCase, targets: Floats) -> Any:
    """Return what is learned: names of classes, so that the file tells their order, or numbers."""
    return np.asarray(use_case.classes)[targets.astype(np.int64)] if use_case.classes else targets


def _dumped(estimator: Any) -> bytes:
    import skops.io  # noqa: PLC0415  # see _boosting

    written = io.BytesIO()
    skops.io.dump(estimator, written)
    return written.getvalue()
