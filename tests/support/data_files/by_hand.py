"""A plain XGBoost on features made by hand from what pandas reads: what a careful person compares a product with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xgboost
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

from training.splits import Split
from usecases.columns.features import TimestampFeature
from usecases.contract.spec import UseCase
from usecases.tasks.task import Task

METRIC = {Task.BINARY: "roc_auc", Task.MULTICLASS: "accuracy", Task.REGRESSION: "r2"}
"""The metric that is compared, by task."""


def metric_by_hand(use_case: UseCase, frame: pd.DataFrame, parts: Split) -> float:
    """Fit on the training rows, stop by the validation rows, and judge the holdout.

    Parameters
    ----------
    use_case
        Says which columns are features and how the model is fitted.
    frame
        The rows as pandas reads them.
    parts
        Which rows are for what.
    """
    features, targets = _features(use_case, frame), _targets(use_case, frame)
    of_classes = use_case.task is not Task.REGRESSION
    limits = use_case.training
    model = (xgboost.XGBClassifier if of_classes else xgboost.XGBRegressor)(
        n_estimators=limits.rounds,
        early_stopping_rounds=limits.early_stopping_rounds,
        max_depth=limits.max_depth,
        learning_rate=limits.learning_rate,
        tree_method="hist",
        enable_categorical=True,
    )
    model.fit(
        features.iloc[parts.training],
        targets[parts.training],
        eval_set=[(features.iloc[parts.validation], targets[parts.validation])],
        verbose=False,
    )
    held, truth = features.iloc[parts.holdout], targets[parts.holdout]
    if use_case.task is Task.BINARY:
        return float(roc_auc_score(truth, model.predict_proba(held)[:, 1]))
    if of_classes:
        return float(accuracy_score(truth, model.predict(held)))
    return float(r2_score(truth, model.predict(held)))


def _targets(use_case: UseCase, frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    column = frame[use_case.target_source_name or use_case.target]
    texts = use_case.class_source_names or use_case.classes
    numbers = pd.to_numeric(pd.Series(texts), errors="coerce")
    if texts and numbers.notna().all():
        column = column.map(dict(zip(numbers, range(len(texts)), strict=True)))
    elif texts:
        column = column.astype(str).str.strip().map({text: code for code, text in enumerate(texts)})
    found: np.ndarray[Any, np.dtype[np.float64]] = column.to_numpy(dtype=np.float64)
    return found


def _features(use_case: UseCase, frame: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, pd.Series[Any]] = {}
    for feature in use_case.features:
        column = frame[feature.source_name or feature.name]
        if isinstance(feature, TimestampFeature):
            moments = pd.to_datetime(column, utc=True)
            columns[feature.name] = pd.Series(moments.astype("int64") / 1e9, index=frame.index)
            columns[f"{feature.name} hour"] = moments.dt.hour
            columns[f"{feature.name} weekday"] = moments.dt.day_of_week
            columns[f"{feature.name} month"] = moments.dt.month
        elif column.dtype == object or isinstance(column.dtype, (pd.StringDtype, pd.CategoricalDtype)):
            columns[feature.name] = column.astype("category")
        else:
            columns[feature.name] = column.astype("float64")
    return pd.DataFrame(columns)
