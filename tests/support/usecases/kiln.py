"""Rows and small models of the kiln, a use case with a feature of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import xgboost

from usecases.checking.row_model import row_model, rows_to_arrow
from usecases.contract.spec import UseCase
from usecases.models.xgboost_matrices import XGBOOST_TYPES

KINDS = {"binary": "binary:logistic", "multiclass": "multi:softprob", "regression": "reg:squarederror"}
"""XGBoost's objective of every task."""


def rows(use_case: UseCase, count: int, seed: int = 1) -> pa.RecordBatch:
    """Make checked rows of the kiln, some values missing."""
    random = np.random.default_rng(seed)
    glazes = ["matt", "gloss", "café"]
    model: Any = row_model(use_case)
    made = [
        model(
            tile=f"T{number}",
            heat_k=float(random.uniform(0, 2000)),
            turns=int(random.integers(0, 9)) if random.random() < 0.8 else None,
            glaze=str(random.choice(glazes)),
            dried=bool(random.integers(2)) if random.random() < 0.8 else None,
            fired_at=f"20{number % 90 + 10}-01-01" if random.random() < 0.8 else None,
        )
        for number in range(count)
    ]
    return rows_to_arrow(use_case, made)


def train(
    use_case: UseCase, *, objective: str = "", columns: list[str] | None = None, **parameters: Any
) -> xgboost.Booster:
    random = np.random.default_rng(0)
    names = columns or [feature.name for feature in use_case.features]
    types = [XGBOOST_TYPES[feature.type] for feature in use_case.features][: len(names)]
    values = random.integers(0, 3, (300, len(names))).astype(np.float32)
    targets = random.integers(0, max(len(use_case.classes), 2), 300)
    given: dict[str, Any] = {"objective": objective or KINDS[use_case.task], "max_depth": 3} | parameters
    if given["objective"].startswith("multi"):
        given.setdefault("num_class", len(use_case.classes))
    table = xgboost.DMatrix(values, targets, feature_names=names, feature_types=types, enable_categorical=True)
    return xgboost.train(given, table, 10)


def saved(booster: xgboost.Booster, folder: Path, name: str = "model.ubj") -> Path:
    path = folder / name
    booster.save_model(path)
    return path
