"""From checked rows to predictions: load a model, hold it against the use case, score a batch of rows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from usecases.features import CategoryFeature
from usecases.matrix import matrix
from usecases.spec import UseCase
from usecases.tasks.definition import Floats, Output, Scores

if TYPE_CHECKING:
    from xgboost import Booster

_UBJ_OR_JSON = re.compile(rb"\A(\{L|\s*\{\s*\")")
"""How XGBoost's two open formats begin; a pickle, which could run code, never does."""


class ModelError(ValueError):
    """The model cannot be used here; the message says what does not fit. A retry cannot help."""


class ScoringError(RuntimeError):
    """The model gave an answer that is no finite number; the rows must not be recorded as if it were one."""


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model.

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


def load_model(path: Path, *, threads: int = 1) -> Model:
    """Read a model file in XGBoost's UBJ or JSON format, which hold numbers and text but no code.

    Parameters
    ----------
    path
        The file. Its content decides, not its name.
    threads
        Threads of a prediction; one is best where every worker process scores for itself.

    Raises
    ------
    ModelError
        If the content is anything else, a pickle above all, or damaged.
    """
    content = path.read_bytes()
    if _UBJ_OR_JSON.match(content) is None:
        raise ModelError(f"{path.name} is neither XGBoost UBJ nor JSON; save it with booster.save_model('model.ubj')")
    import xgboost  # noqa: PLC0415  # half a second that Airflow and the doors need not spend

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
    return Model(booster=booster, rounds=rounds, objective=str(objective))


def require_fit(use_case: UseCase, model: Model) -> None:
    """Refuse a model that would misread the rows of a use case.

    A plain matrix carries no names, so XGBoost itself would score swapped columns without a word. Call this once
    where a model is loaded; :func:`score` trusts it.

    Raises
    ------
    ModelError
        Naming the first thing that differs: features, their order, their kind, the codes of a category, the task.
    """
    booster = model.booster
    wanted = [feature.name for feature in use_case.features]
    found = booster.feature_names or []
    if booster.num_features() != len(wanted) or (found and found != wanted):
        raise ModelError(
            f"the model's features are {', '.join(found) or booster.num_features()}; "
            f"{use_case.name} has {', '.join(wanted)}"
        )
    _require_categories(use_case, booster)
    task = use_case.task.definition
    allowed = _OBJECTIVES[task.output]
    if not model.objective.startswith(allowed):
        raise ModelError(
            f"the model's objective is {model.objective}, a {use_case.task} needs {' or '.join(allowed)}; "
            "other objectives answer something else than a probability or a number"
        )
    answers = int(json.loads(booster.save_config())["learner"]["learner_model_param"]["num_class"])
    if task.class_outputs(use_case.classes) and answers != len(use_case.classes):
        raise ModelError(f"the model knows {answers} classes, {use_case.name} has {len(use_case.classes)}")


def score(use_case: UseCase, model: Model, rows: pa.RecordBatch) -> Scores:
    """Score checked rows; a row's answer does not depend on the rows beside it.

    Parameters
    ----------
    use_case
        Gives the encoding and the names of the classes.
    model
        A model that :func:`require_fit` let pass.
    rows
        Checked rows in the layout of :func:`usecases.rows.row_schema`; further columns are ignored.

    Raises
    ------
    usecases.matrix.UnknownCategoryError
        If a category is none of the allowed values.
    ModelError
        If the model has another number of features or classes.
    ScoringError
        If an answer is not finite.
    """
    return use_case.task.definition.scores(use_case.classes, raw_scores(use_case, model, rows))


def raw_scores(use_case: UseCase, model: Model, rows: pa.RecordBatch) -> Floats:
    """Return the numbers of the model: shape ``(rows,)``, or ``(rows, classes)`` where each class has an output."""
    encoded = matrix(use_case, rows)
    shape = use_case.task.definition.shape(len(encoded), use_case.classes)
    if model.booster.num_features() != encoded.shape[1]:
        raise ModelError(f"the model wants {model.booster.num_features()} features, the rows have {encoded.shape[1]}")
    if not len(encoded):
        return np.empty(shape, dtype=np.float64)
    answers = np.asarray(model.booster.inplace_predict(encoded, iteration_range=(0, model.rounds)), dtype=np.float64)
    if answers.shape != shape:
        raise ModelError(f"the model answers with shape {answers.shape} where {shape} is needed")
    if not np.isfinite(answers).all():
        raise ScoringError(f"the model gave {int((~np.isfinite(answers)).sum())} answers that are no finite number")
    return answers


_OBJECTIVES: dict[Output, tuple[str, ...]] = {
    Output.PROBABILITY: ("binary:logistic",),
    Output.PROBABILITIES: ("multi:softprob",),
    Output.NUMBER: ("reg:", "count:"),
}
"""Beginnings of the objectives whose answer is what :class:`Scores` says it is."""


def _require_categories(use_case: UseCase, booster: Booster) -> None:
    """Hold the model's categories, where it remembers any, against the codes of the use case."""
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
    """Say whether a model's list of categories is that of the use case.

    XGBoost 3.2 cuts the texts apart by their lengths in characters, not in bytes, and so shifts and loses what lies
    beyond ASCII. A list that was cut up like that is as good as the right one: it is only compared here.
    """
    found = remembered.cast(pa.string()).cast(pa.binary()).to_pylist()
    whole, ends = "".join(values).encode(), [0, *accumulate(map(len, values))]
    return found in ([value.encode() for value in values], [whole[start:end] for start, end in pairwise(ends)])
