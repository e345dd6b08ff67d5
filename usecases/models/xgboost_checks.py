"""Holding an XGBoost model against a use case: its kind, its features, their categories, what it answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import pyarrow as pa

from usecases.columns.features import CategoryFeature
from usecases.contract.spec import UseCase
from usecases.models.runtime import ModelError
from usecases.models.xgboost_parameters import OBJECTIVES

if TYPE_CHECKING:  # XGBoost takes half a second to import, which Airflow and the doors need not spend
    from xgboost import Booster


_TREES = ("gbtree", "dart")
"""Boosters that are served; that of linear models remembers no categories and takes a missing value for 0."""


def require_alike(use_case: UseCase, booster: Booster, columns: Sequence[str]) -> None:
    """Compare all that the file of a model says of the rows it was fitted on.

    Parameters
    ----------
    use_case, booster
        What rows are, and the model.
    columns
        Names of the columns that the use case would send, in order.

    Raises
    ------
    ModelError
        Naming the first thing that differs.
    """
    learner = json.loads(booster.save_config())["learner"]
    if (kind := learner["gradient_booster"]["name"]) not in _TREES:
        raise ModelError(f"its booster is {kind}, which is not served; fit trees, with {' or '.join(_TREES)}")
    # A plain matrix carries no names, so XGBoost itself would score swapped columns without a word.
    found = booster.feature_names or []
    if booster.num_features() != len(columns) or (found and found != list(columns)):
        raise ModelError(
            f"the model's features are {', '.join(found) or booster.num_features()}; "
            f"{use_case.name} has {', '.join(columns)}"
        )
    _require_categories(use_case, booster)
    _require_answers(use_case, learner)


def _require_answers(use_case: UseCase, learner: dict[str, dict[str, str]]) -> None:
    task = use_case.task.definition
    allowed, objective = OBJECTIVES[task.output], learner["objective"]["name"]
    if not objective.startswith(allowed):
        raise ModelError(
            f"the model's objective is {objective}, a {use_case.task} needs {' or '.join(allowed)}; "
            "other objectives answer something else than a probability or a number"
        )
    known = learner["learner_model_param"]
    classes, targets = int(known["num_class"]), int(known["num_target"])
    kind, answers = ("quantiles", targets) if use_case.forecast else ("classes", classes)
    if len(task.shape(1, use_case.outputs)) > 1 and answers != len(use_case.outputs):
        raise ModelError(f"the model knows {answers} {kind}, {use_case.name} has {len(use_case.outputs)}")
    if use_case.forecast is None and targets > 1:
        raise ModelError(
            f"the model answers {targets} targets at once, {use_case.name} has one; fit a model for each of them"
        )


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
                f"in this order, the use case {', '.join(feature.values[:10])}; fit it on "
                f"pd.Categorical(values, categories=[...]) in the order of the use case"
            )


def categories_not_told(use_case: UseCase, booster: Booster) -> tuple[str, ...]:
    """Return the category features whose codes the model does not remember.

    It remembers those of a DataFrame, since XGBoost 3.1; of a matrix of numbers it has seen the numbers alone.
    """
    remembered = dict(booster.get_categories(export_to_arrow=True).to_arrow() or ())
    return tuple(
        feature.name
        for feature in use_case.features
        if isinstance(feature, CategoryFeature) and remembered.get(feature.name) is None
    )


def _codes_alike(values: tuple[str, ...], remembered: pa.Array) -> bool:
    """Compare a model's list of categories with that of the use case.

    XGBoost 3.2 cuts the texts apart by their lengths in characters, not in bytes, and so shifts and loses what lies
    beyond ASCII. A list that was cut up like that is as good as the right one: it is only compared here.
    """
    found = remembered.cast(pa.string()).cast(pa.binary()).to_pylist()
    whole, ends = "".join(values).encode(), [0, *accumulate(map(len, values))]
    return found in ([value.encode() for value in values], [whole[start:end] for start, end in pairwise(ends)])
