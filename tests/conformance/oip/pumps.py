"""The model that both servers serve: pumps that fail, by numbers that every server takes and columns of other kinds."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xgboost
import yaml

from benchmarks.online.other_server import lay_model as lay_model_of_mlserver
from tests.support.pipeline import fit, lay_model
from usecases.checking.row_model import row_model, rows_to_arrow
from usecases.contract.spec import UseCase

NUMBERS = {"temperature_c": "FP64", "pressure_bar": "FP64", "speed_rpm": "INT64"}
"""The columns that decide, with the datatypes they are sent in unless a case is about another one."""

GRADES = ("low", "high")

DECLARED: dict[str, Any] = {
    "name": "pump",
    "title": "Pumps",
    "task": "binary",
    "target": "outcome",
    "classes": ["ok", "failure"],
    "features": [
        {"name": "temperature_c", "type": "float", "nullable": True, "minimum": -50, "maximum": 500, "example": 60.5},
        {"name": "pressure_bar", "type": "float", "example": 5.25},
        {"name": "speed_rpm", "type": "integer", "example": 1500},
        {"name": "grade", "type": "category", "values": list(GRADES), "nullable": True, "example": "low"},
        {"name": "is_serviced", "type": "boolean", "nullable": True, "example": True},
        {"name": "fitted_at", "type": "timestamp", "nullable": True, "example": "2026-01-31T12:00:00Z"},
    ],
    "training": {"data": "pumps.csv"},
}

Values = np.ndarray[Any, np.dtype[np.float64]]


def rows(count: int = 12, seed: int = 7) -> pd.DataFrame:
    """Make rows; the same seed makes the same ones, and float32 holds all of their numbers."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "temperature_c": (random.normal(60, 10, count) * 4).round() / 4,
            "pressure_bar": (random.normal(5, 1, count) * 4).round() / 4,
            "speed_rpm": random.integers(500, 3_000, count),
        }
    )


def failure_probabilities(given: pd.DataFrame) -> Values:
    """Return what any server has to answer for rows, as XGBoost says."""
    return np.asarray(model().predict_proba(given)[:, 1], np.float64)


@cache
def model() -> xgboost.XGBClassifier:
    """Fit the model on the numbers alone."""
    given, target = _training_rows()
    return xgboost.XGBClassifier(n_estimators=20, max_depth=3, random_state=1).fit(given, target)


@cache
def graded_model() -> xgboost.XGBClassifier:
    """Fit a model that sees the grade, too."""
    given, target = _training_rows()
    grades = pd.Categorical([GRADES[failed] for failed in target], categories=list(GRADES))
    graded = given.assign(grade=grades)
    return xgboost.XGBClassifier(n_estimators=5, max_depth=2, enable_categorical=True).fit(graded, target)


def lay_for_mlserver(folder: Path) -> None:
    """Write the models into a folder as MLServer's documentation says, one for each way of sending columns.

    By `pd` a tensor is a column; without a content type the only tensor is the matrix.
    """
    by_column = {"content_type": "pd"}
    for name, served, parameters in (
        ("pump", model(), by_column),
        ("pump_matrix", model(), {}),
        ("pump_graded", graded_model(), by_column),
    ):
        saved = folder / f"{name}.ubj"
        served.save_model(saved)
        lay_model_of_mlserver(folder, name, saved, **parameters)


def lay_for_smartpredict(usecases: Path, models: Path) -> UseCase:
    """Write the use case, and the model where a worker starts from without the registry: the same trees of all columns."""
    use_case = UseCase.model_validate(DECLARED)
    (usecases / use_case.name).mkdir(parents=True)
    (usecases / use_case.name / "usecase.yaml").write_text(yaml.safe_dump(DECLARED))
    given, target = _training_rows()
    lacking = {feature.name: None for feature in use_case.features if feature.name not in given}
    made: Any = row_model(use_case)
    batch = rows_to_arrow(use_case, [made.model_validate(row | lacking) for row in given.to_dict("records")])
    lay_model(models, use_case, fit(use_case, batch, target, model().get_xgb_params()), batch)
    return use_case


def _training_rows() -> tuple[pd.DataFrame, Any]:
    given = rows(2_000, seed=1)
    noise = np.random.default_rng(2).normal(0, 0.3, len(given))
    failed = (given["temperature_c"] - 60) / 10 + (given["speed_rpm"] - 1_700) / 900 + noise > 0
    return given, failed.astype(int).to_numpy()
