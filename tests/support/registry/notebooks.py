"""Models as notebooks fit them, each with the numbers that its notebook predicts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xgboost

from usecases.checking.row_model import row_model, rows_to_arrow
from usecases.contract.spec import UseCase

_FEATURES = [
    {"name": "quality", "type": "category", "values": ["L", "M", "H"]},
    {"name": "torque", "type": "float", "minimum": 0, "maximum": 120},
    {"name": "wear", "type": "integer", "minimum": 0, "maximum": 300, "nullable": True},
    {"name": "made_at", "type": "timestamp"},
]
_COMMON = {"name": "lathe", "title": "Lathe", "target": "state", "features": _FEATURES, "training": {"data": "x.csv"}}

BINARY = UseCase.model_validate(_COMMON | {"task": "binary", "classes": ["ok", "failure"]})
MULTICLASS = UseCase.model_validate(_COMMON | {"task": "multiclass", "classes": ["low", "mid", "high"]})
REGRESSION = UseCase.model_validate(_COMMON | {"task": "regression"})

_ROUNDS = 8
_DRAWN = np.random.default_rng(7)
_ROWS = 400

ROWS = pd.DataFrame(
    {
        "quality": _DRAWN.choice(["L", "M", "H"], _ROWS),
        "torque": _DRAWN.uniform(0, 120, _ROWS),
        "wear": pd.array(_DRAWN.integers(0, 300, _ROWS)).astype("Float64"),
        "made_at": pd.Timestamp("2026-01-01") + pd.to_timedelta(_DRAWN.integers(0, 500_000, _ROWS), unit="min"),
    }
)
"""Rows as they arrive."""
ROWS.loc[::5, "wear"] = pd.NA
ROWS.loc[1::5, "wear"] = 0

_MARGIN = (
    ROWS.quality.map({"L": 2.0, "M": 0.0, "H": -2.0})
    + (ROWS.torque - 60) / 20
    + (ROWS.wear.fillna(100).astype(float) - 100) / 100
    + (ROWS.made_at.dt.day_of_year - 180) / 90
).to_numpy()
FAILED = (_DRAWN.random(_ROWS) < 1 / (1 + np.exp(-_MARGIN))).astype(int)
_THIRDS = np.digitize(_MARGIN, [-1, 1])
_HALF = np.arange(_ROWS) < _ROWS // 2


@dataclass(frozen=True)
class Cell:
    """A model from a notebook.

    Attributes
    ----------
    use_case
        What it is registered for.
    fit
        Gives the model, and its notebook's predictions for :data:`ROWS`: of all classes where they are named, else
        numbers.
    reason
        Words by which its promotion is refused; nothing where it is served.
    proof
        Positions of the rows in its golden batch; all that there are unless it says so.
    """

    use_case: UseCase
    fit: Callable[[], tuple[Any, Mapping[str, Any] | Any]]
    reason: str = ""
    proof: Callable[[], Any] = field(default=lambda: np.arange(_ROWS))


def checked_rows(use_case: UseCase, rows: pd.DataFrame = ROWS) -> Any:
    """Return rows as a worker gets them."""
    read: Any = row_model(use_case)
    return rows_to_arrow(use_case, [read.model_validate_json(json.dumps(row)) for row in records(rows)])


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Write rows as JSON takes them."""
    found: list[dict[str, Any]] = json.loads(rows.to_json(orient="records", date_format="iso", double_precision=15))
    return found


def golden_of(cell: Cell, own: Mapping[str, Any] | Any) -> dict[str, Any]:
    """Make the golden batch as the page about models says."""
    places = cell.proof()
    scores = {name: values[places].tolist() for name, values in own.items()} if isinstance(own, dict) else own[places]
    return {"rows": records(ROWS.iloc[places]), "scores": scores if isinstance(scores, dict) else scores.tolist()}


def encoded(categories: list[str] | None = None) -> pd.DataFrame:
    """Encode rows as a DataFrame of a notebook; pandas numbers categories in the order of the alphabet by itself."""
    return ROWS.assign(
        quality=pd.Categorical(ROWS.quality, categories=categories),
        wear=ROWS.wear.astype(float),
        made_at=(ROWS.made_at - pd.Timestamp("2000-01-01")) / pd.Timedelta(days=1),
    )


RIGHT = encoded(["L", "M", "H"])
ALPHABETICAL = encoded()


def numbers(frame: pd.DataFrame) -> Any:
    """Write categories as their codes, as an encoder of scikit-learn does."""
    return frame.assign(quality=frame.quality.cat.codes).to_numpy(float)


def of_classes(probabilities: Any, names: tuple[str, ...] = BINARY.classes) -> dict[str, Any]:
    """Name probabilities after their classes, as the page about models says."""
    if probabilities.ndim == 1:
        return {names[1]: probabilities}
    return dict(zip(names, probabilities.T, strict=True))


def _matrix(frame: Any, labels: Any = None, **more: Any) -> xgboost.DMatrix:
    return xgboost.DMatrix(frame, labels, enable_categorical=True, **more)


def _booster(
    frame: Any = RIGHT,
    labels: Any = FAILED,
    *,
    typed: bool = False,
    stop: bool = False,
    to_best: bool = False,
    **more: Any,
) -> tuple[xgboost.Booster, Any]:
    """Fit a Booster and predict all rows with it."""
    names = {"feature_names": list(ROWS), "feature_types": ["c", "float", "float", "float"]} if typed else {}
    parameters = {"objective": "binary:logistic", "eta": 0.5, "nthread": 1} | more
    if stop:
        half = [_matrix(frame[place], labels[place], **names) for place in (_HALF, ~_HALF)]
        booster = xgboost.train(
            parameters, half[0], 60, evals=[(half[1], "v")], early_stopping_rounds=5, verbose_eval=False
        )
    else:
        booster = xgboost.train(parameters, _matrix(frame, labels, **names), _ROUNDS)
    rounds = (0, booster.best_iteration + 1) if to_best else (0, 0)
    return booster, booster.predict(_matrix(frame, **names), iteration_range=rounds)


def _classes(**how: Any) -> tuple[Any, Any]:
    booster, own = _booster(**how)
    return booster, of_classes(own, MULTICLASS.classes if own.ndim > 1 else BINARY.classes)


def _estimator(
    kind: Any = xgboost.XGBClassifier, frame: Any = RIGHT, labels: Any = FAILED, *, stop: bool = False, **more: Any
) -> tuple[Any, Any]:
    """Fit by way of scikit-learn's interface and predict all rows."""
    chosen = {"n_estimators": 60 if stop else _ROUNDS, "learning_rate": 0.5, "n_jobs": 1} | more
    model = kind(enable_categorical=True, **chosen, **({"early_stopping_rounds": 5} if stop else {}))
    if stop:
        model.fit(frame[_HALF], labels[_HALF], eval_set=[(frame[~_HALF], labels[~_HALF])], verbose=False)
    else:
        model.fit(frame, labels)
    if not hasattr(model, "predict_proba"):
        return model, model.predict(frame)
    own = model.predict_proba(frame)
    return model, of_classes(own, MULTICLASS.classes if own.shape[1] > 2 else BINARY.classes)


def _turned(labels: Any, names: tuple[str, ...]) -> tuple[Any, Any]:
    """Fit on classes that are coded in another order than the use case's, and name their probabilities rightly."""
    model, own = _estimator(labels=labels)
    return model, of_classes(np.column_stack(list(own.values())), names)


def _own_objective() -> tuple[Any, Any]:
    def squared(found: Any, data: xgboost.DMatrix) -> tuple[Any, Any]:
        return found - data.get_label(), np.ones(len(found))

    booster = xgboost.train({"nthread": 1}, _matrix(RIGHT, FAILED), _ROUNDS, obj=squared)
    return booster, booster.predict(_matrix(RIGHT))


def _rows_without(value: str) -> Any:
    return np.flatnonzero(ROWS.quality != value)


_SECONDS = RIGHT.assign(made_at=ROWS.made_at.astype("datetime64[s]").astype("int64"))
_FILLED = RIGHT.assign(wear=RIGHT.wear.fillna(RIGHT.wear.median()))
_BOTH = np.column_stack([_MARGIN, -_MARGIN])
_OTHERWISE = "rows score otherwise than where it was trained"
_number = partial(_booster, labels=_MARGIN, objective="reg:squarederror")

CELLS: dict[str, Cell] = {
    "booster": Cell(BINARY, _classes),
    "booster, stopped early, predicts with all rounds": Cell(BINARY, partial(_classes, stop=True)),
    "booster, stopped early, predicts up to the best": Cell(
        BINARY, partial(_classes, stop=True, to_best=True), _OTHERWISE
    ),
    "estimator": Cell(BINARY, _estimator),
    "estimator, stopped early": Cell(BINARY, partial(_estimator, stop=True)),
    "estimator, zero is missing": Cell(BINARY, partial(_estimator, missing=0), _OTHERWISE),
    "random forest": Cell(BINARY, partial(_estimator, xgboost.XGBRFClassifier)),
    "categories in the order of the alphabet": Cell(
        BINARY, partial(_estimator, frame=ALPHABETICAL), "quality: the model codes H, L, M in this order"
    ),
    "categories in the order of the rows": Cell(
        BINARY, partial(_estimator, frame=encoded(["M", "H", "L"])), "quality: the model codes M, H, L in this order"
    ),
    "columns in another order": Cell(
        BINARY,
        partial(_estimator, frame=RIGHT[["torque", "quality", "wear", "made_at"]]),
        "the model's features are torque",
    ),
    "numbers without names": Cell(BINARY, partial(_estimator, frame=numbers(RIGHT))),
    "numbers without names, coded otherwise": Cell(
        BINARY, partial(_estimator, frame=numbers(ALPHABETICAL)), _OTHERWISE
    ),
    "numbers without names, a value left open": Cell(
        BINARY,
        partial(_estimator, frame=numbers(RIGHT)),
        "does not tell how quality is coded",
        lambda: _rows_without("H"),
    ),
    "no categories in the file": Cell(BINARY, partial(_classes, frame=numbers(RIGHT), typed=True)),
    "no categories in the file, coded otherwise": Cell(
        BINARY, partial(_classes, frame=numbers(ALPHABETICAL), typed=True), _OTHERWISE
    ),
    "no categories in the file, a value left open": Cell(
        BINARY,
        partial(_classes, frame=numbers(RIGHT), typed=True),
        "no row of the golden batch has M",
        lambda: _rows_without("M"),
    ),
    "times in seconds since 1970": Cell(BINARY, partial(_estimator, frame=_SECONDS), _OTHERWISE),
    "gaps filled": Cell(BINARY, partial(_estimator, frame=_FILLED), _OTHERWISE),
    "gaps filled, none shown": Cell(
        BINARY,
        partial(_estimator, frame=_FILLED),
        "lacks wear, which may be missing",
        lambda: np.flatnonzero(ROWS.wear.notna()),
    ),
    "classes turned round": Cell(BINARY, partial(_turned, 1 - FAILED, ("failure", "ok")), _OTHERWISE),
    "base score": Cell(BINARY, partial(_classes, base_score=0.2)),
    "probability by the objective of regressions": Cell(BINARY, partial(_classes, objective="reg:logistic")),
    "dart": Cell(BINARY, partial(_classes, booster="dart", rate_drop=0.3)),
    "monotone": Cell(BINARY, partial(_classes, frame=numbers(RIGHT), typed=True, monotone_constraints="(0,1,1,0)")),
    "linear": Cell(
        BINARY, partial(_classes, frame=np.nan_to_num(numbers(RIGHT)), booster="gblinear"), "its booster is gblinear"
    ),
    "own objective": Cell(BINARY, _own_objective, "the model's objective is reg:squarederror"),
    "three rows": Cell(BINARY, _classes, "3 rows; 20 are the fewest", lambda: np.arange(3)),
    "several classes": Cell(MULTICLASS, partial(_classes, labels=_THIRDS, objective="multi:softprob", num_class=3)),
    "several classes in a tree": Cell(
        MULTICLASS,
        partial(
            _classes,
            frame=numbers(RIGHT),
            labels=_THIRDS,
            objective="multi:softprob",
            num_class=3,
            multi_strategy="multi_output_tree",
        ),
    ),
    "several classes, estimator, stopped early": Cell(MULTICLASS, partial(_estimator, labels=_THIRDS, stop=True)),
    "several classes in another order": Cell(
        MULTICLASS, partial(_turned, 2 - _THIRDS, ("high", "mid", "low")), _OTHERWISE
    ),
    "number": Cell(REGRESSION, _number),
    "number, base score": Cell(REGRESSION, partial(_number, base_score=55.0)),
    "number, own objective": Cell(REGRESSION, _own_objective),
    "number, small": Cell(REGRESSION, partial(_number, labels=_MARGIN / 1000)),
    "number, small, stopped early": Cell(
        REGRESSION, partial(_number, labels=_MARGIN / 1000, stop=True, to_best=True), _OTHERWISE
    ),
    "number, too small to learn": Cell(
        REGRESSION, partial(_number, labels=_MARGIN * 1e-9), "all scores of the golden batch are the same"
    ),
    "number, logarithmic link": Cell(
        REGRESSION, partial(_estimator, xgboost.XGBRegressor, labels=np.exp(_MARGIN), objective="count:poisson")
    ),
    "several targets": Cell(REGRESSION, partial(_number, labels=_BOTH), "answers 2 targets at once"),
    "several targets in a tree": Cell(
        REGRESSION,
        partial(_number, frame=numbers(RIGHT), labels=_BOTH, multi_strategy="multi_output_tree"),
        "answers 2 targets at once",
    ),
}
