"""Models as each version of a library that is supported writes them, and what they predicted where they were fitted.

`python -m tests.support.registry.written` adds those of the libraries that are installed; run it when a version comes into
the lock, and keep the models of versions that users may have.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import xgboost

from tests.support.registry.notebooks import BINARY, MULTICLASS, REGRESSION
from tests.support.usecases.forecast import forecast_use_case
from usecases.columns.features import CategoryFeature
from usecases.contract.forecast import HORIZON
from usecases.contract.row_layout import row_schema, value_set
from usecases.contract.spec import UseCase
from usecases.models.runtime import Examples, Model, Runtime
from usecases.models.runtimes import RUNTIMES
from usecases.models.scoring import raw_scores

FOLDER: Final = Path(__file__).parents[2] / "unit" / "registry" / "written"
SCORES: Final = FOLDER / "scores.json"

_HORIZONS: Final = 6
_FRAME: Final = UseCase.model_validate(
    {
        "name": "kiln",
        "title": "Kiln",
        "task": "regression",
        "target": "shrinkage",
        "features": [
            {"name": "glaze", "type": "category", "values": ["matt", "café", "naïve"]},
            {"name": "heat", "type": "float"},
        ],
        "training": {"data": "x.csv"},
    }
)
USE_CASES: Final = {
    "binary": BINARY,
    "multiclass": MULTICLASS,
    "regression": REGRESSION,
    "forecast": forecast_use_case(horizon=_HORIZONS),
    "frame": _FRAME,
    "dropout": _FRAME,
}
BY_HAND: Final[dict[str, dict[str, Any]]] = {
    "frame": {},
    "dropout": {"booster": "dart", "rate_drop": 0.5, "seed": 3},
}

_FEW: Final = {"rounds": 8, "max_depth": 3, "early_stopping_rounds": 8}


def rows(use_case: UseCase, count: int = 60) -> pa.RecordBatch:
    """Make checked rows without drawing any, so that they are the same wherever they are made."""
    schema = row_schema(use_case)
    features = {feature.name: feature for feature in use_case.features}
    places = np.arange(count)
    columns = []
    for number, field in enumerate(schema, start=2):
        spread = places * 7919 * number % 1000 / 10
        missing = (places % 5 == number % 5) if field.nullable else np.zeros(count, dtype=bool)
        feature = features.get(field.name)
        if isinstance(feature, CategoryFeature):
            values: pa.Array = value_set(feature).take(pa.array(spread.astype(int) % len(feature.values)))
            columns.append(values.cast(field.type))
        elif field.name == HORIZON:
            columns.append(pa.array(places % _HORIZONS + 1, field.type))
        elif pa.types.is_timestamp(field.type):
            columns.append(pa.array((spread * 86_400e6 * 40 + 1.6e15).astype("int64"), mask=missing).cast(field.type))
        elif pa.types.is_floating(field.type) or pa.types.is_integer(field.type):
            columns.append(pa.array(spread.astype(field.type.to_pandas_dtype()), field.type, mask=missing))
        else:
            columns.append(pa.nulls(count, field.type))
    return pa.record_batch(columns, schema=schema)


def write() -> None:
    """Fit a model of each task with each library, and write it beside its scores."""
    scores = json.loads(SCORES.read_text(encoding="utf-8")) if SCORES.exists() else {}
    for name in ("binary", "multiclass", "regression", "forecast"):
        for runtime in RUNTIMES:
            if name != "forecast" or runtime.name == "xgboost":  # the others fit no quantiles
                use_case = USE_CASES[name]
                path, model = _fitted(runtime, name, use_case)
                model.save(path)
                scores[path.name] = raw_scores(use_case, model, rows(use_case)).tolist()
    for name, parameters in BY_HAND.items():
        path, booster, own = _fitted_by_hand(name, **parameters)
        booster.save_model(path)
        scores[path.name] = own
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(scores[name])}" for name in sorted(scores))
    SCORES.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def _fitted(runtime: Runtime, name: str, use_case: UseCase) -> tuple[Path, Model]:
    short = use_case.model_copy(update={"training": use_case.training.model_copy(update=_FEW)})
    learned = rows(use_case, 400)
    answers: Any = np.arange(400) * 7919 % 1000 / 10 + np.arange(400) % 7
    targets = np.floor(answers) % len(use_case.classes) if use_case.classes else answers
    examples = Examples(learned, targets)
    model = runtime.fit(short, examples, examples).model
    distribution = {"xgboost": "xgboost-cpu", "sklearn": "scikit-learn"}.get(runtime.name, runtime.name)
    return FOLDER / f"{name}-{runtime.name}-{version(distribution)}{runtime.ending}", model


def _fitted_by_hand(name: str, **parameters: Any) -> tuple[Path, xgboost.Booster, list[float]]:
    """Fit on a DataFrame, as notebooks do: the file holds the texts of the categories, which XGBoost 3.2 cuts apart wrongly."""
    frame = rows(_FRAME, 400).to_pandas()[["glaze", "heat"]]
    frame["glaze"] = pd.Categorical(frame["glaze"], categories=["matt", "café", "naïve"])
    learned = xgboost.DMatrix(frame, frame["heat"] * (1 + frame["glaze"].cat.codes), enable_categorical=True)
    booster = xgboost.train({"objective": "reg:squarederror", "max_depth": 3} | parameters, learned, 8)
    own = booster.predict(xgboost.DMatrix(frame[:60], enable_categorical=True))
    return FOLDER / f"{name}-xgboost-{version('xgboost-cpu')}.ubj", booster, own.astype(float).tolist()


if __name__ == "__main__":
    write()
