"""Models of scikit-learn: served with the numbers their notebooks predict or refused, fitted here, and never a danger."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import skops.io
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    StackingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier, TweedieRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, SplineTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.support.registry.inspecting import inspected, refusals
from tests.support.registry.notebooks import (
    ALPHABETICAL,
    BINARY,
    FAILED,
    MULTICLASS,
    REGRESSION,
    RIGHT,
    ROWS,
    Cell,
    checked_rows,
    golden_of,
    numbers,
)
from usecases.checking.table_check import check_table
from usecases.contract.spec import UseCase
from usecases.models.explaining import explain
from usecases.models.runtime import Examples, NoExplanationError
from usecases.models.scoring import raw_scores
from usecases.models.sklearn_runtime import SKLEARN
from usecases.tasks.task import Task

TEXTS = RIGHT.assign(quality=ROWS.quality)
"""Categories as they arrive, for pipelines that encode them."""

_HALF = np.arange(len(ROWS)) < len(ROWS) // 2
NAMED = np.array(BINARY.classes)[FAILED]
_TARGET = ROWS.torque.to_numpy() / 100 + FAILED
_THIRDS = np.array(MULTICLASS.classes)[np.digitize(_TARGET, [0.6, 1.2])]


def _fitted(model: Any, frame: Any = TEXTS, labels: Any = NAMED, names: tuple[str, ...] = ()) -> tuple[Any, Any]:
    """Fit as a notebook does, and predict all rows."""
    model.fit(frame, labels)
    if not hasattr(model, "predict_proba"):
        return model, model.predict(frame)
    known = names or tuple(map(str, model.classes_))
    return model, dict(zip(known, model.predict_proba(frame).T, strict=True))


def _pipeline(last: Any, *, handle_unknown: str = "error") -> Any:
    prepared = make_column_transformer(
        (OneHotEncoder(handle_unknown=handle_unknown), ["quality"]),
        (make_pipeline(SimpleImputer(), StandardScaler()), ["torque", "wear", "made_at"]),
    )
    return make_pipeline(prepared, last)


def _by_types(last: Any) -> Any:
    """Build a pipeline whose columns are chosen by what they hold, as most tutorials write it."""
    prepared = make_column_transformer(
        (OneHotEncoder(), make_column_selector(dtype_include="category")),
        (make_pipeline(SimpleImputer(), StandardScaler()), make_column_selector(dtype_include=[np.number])),
        (SimpleImputer(), make_column_selector(pattern="^torque$", dtype_exclude=[object])),
    )
    return make_pipeline(prepared, last)


def boosting(**more: Any) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=5, random_state=1, **more)


forest = partial(RandomForestClassifier, n_estimators=7, random_state=1, n_jobs=2)
_OTHERWISE = "rows score otherwise than where it was trained"
MATRIX = numbers(RIGHT)
_SEEN = ROWS.quality != "H"

CELLS = {
    "pipeline": Cell(BINARY, lambda: _fitted(_pipeline(LogisticRegression()))),
    "pipeline with a forest": Cell(BINARY, lambda: _fitted(_pipeline(forest()))),
    "pipeline, columns by their types": Cell(BINARY, lambda: _fitted(_by_types(LogisticRegression()), RIGHT)),
    "boosted trees, categories by their type": Cell(
        BINARY, lambda: _fitted(boosting(categorical_features="from_dtype"), RIGHT)
    ),
    "boosted trees, categories in the order of the alphabet": Cell(
        BINARY, lambda: _fitted(boosting(categorical_features="from_dtype"), ALPHABETICAL)
    ),
    "boosted trees of numbers": Cell(BINARY, lambda: _fitted(boosting(), MATRIX)),
    "boosted trees of numbers, coded otherwise": Cell(
        BINARY, lambda: _fitted(boosting(), numbers(ALPHABETICAL)), _OTHERWISE
    ),
    "gradient boosting": Cell(BINARY, lambda: _fitted(_pipeline(GradientBoostingClassifier(n_estimators=5)))),
    "tree of numbers with names": Cell(
        BINARY, lambda: _fitted(DecisionTreeClassifier(max_depth=4), RIGHT.assign(quality=RIGHT.quality.cat.codes))
    ),
    "calibrated": Cell(BINARY, lambda: _fitted(_pipeline(CalibratedClassifierCV(GaussianNB(), cv=3)))),
    "network": Cell(BINARY, lambda: _fitted(_pipeline(MLPClassifier((5,), max_iter=600, random_state=1)))),
    "stacked": Cell(
        BINARY,
        lambda: _fitted(
            _pipeline(StackingClassifier([("a", forest()), ("b", GaussianNB())], forest(max_depth=3), cv=3))
        ),
    ),
    "columns in another order": Cell(
        BINARY, lambda: _fitted(_pipeline(LogisticRegression()), TEXTS[["made_at", "wear", "quality", "torque"]])
    ),
    "classes as codes": Cell(
        BINARY, lambda: _fitted(_pipeline(LogisticRegression()), labels=FAILED, names=BINARY.classes)
    ),
    "classes as codes, turned round": Cell(
        BINARY, lambda: _fitted(_pipeline(LogisticRegression()), labels=1 - FAILED, names=("failure", "ok")), _OTHERWISE
    ),
    "another column": Cell(
        BINARY, lambda: _fitted(boosting(), RIGHT.drop(columns="quality").assign(mood=1.0)), "the model's features are"
    ),
    "times in seconds since 1970": Cell(
        BINARY,
        lambda: _fitted(
            _pipeline(LogisticRegression()), TEXTS.assign(made_at=ROWS.made_at.astype("datetime64[s]").astype("int64"))
        ),
        _OTHERWISE,
    ),
    "a value it has never seen": Cell(
        BINARY,
        lambda: _with_all(_pipeline(LogisticRegression())),
        "does not tell how quality is coded, and no row of the golden batch has H",
        lambda: np.flatnonzero(_SEEN),
    ),
    "no probabilities": Cell(
        BINARY,
        lambda: (_pipeline(RidgeClassifier()).fit(TEXTS, NAMED), {"failure": FAILED}),
        "the model gives no probabilities",
    ),
    "classes of another": Cell(
        BINARY, lambda: _renamed({"ok": "fine", "failure": "bad"}), "the model's classes are bad, fine"
    ),
    "a number for classes": Cell(
        BINARY,
        lambda: (_pipeline(LinearRegression()).fit(TEXTS, FAILED), {"failure": FAILED}),
        "the model gives no probabilities",
    ),
    "classes as false and true": Cell(
        BINARY, lambda: _fitted(_pipeline(LogisticRegression()), labels=FAILED == 1, names=BINARY.classes)
    ),
    "calibrated by a temperature": Cell(
        BINARY, lambda: _fitted(_pipeline(CalibratedClassifierCV(GaussianNB(), cv=3, method="temperature")))
    ),
    "calibrated by steps": Cell(
        BINARY, lambda: _fitted(_pipeline(CalibratedClassifierCV(GaussianNB(), cv=3, method="isotonic")))
    ),
    "splines": Cell(BINARY, lambda: _fitted(_pipeline(make_pipeline(SplineTransformer(), LogisticRegression())))),
    "one class against the rest": Cell(
        MULTICLASS, lambda: _fitted(_pipeline(OneVsRestClassifier(LogisticRegression())), labels=_THIRDS)
    ),
    "Tweedie": Cell(
        REGRESSION, lambda: _fitted(_pipeline(TweedieRegressor(power=1.5)), labels=_TARGET - _TARGET.min() + 1)
    ),
    "the best columns": Cell(
        BINARY, lambda: _fitted(_pipeline(make_pipeline(SelectKBest(f_classif, k=3), LogisticRegression())))
    ),
    "several classes": Cell(MULTICLASS, lambda: _fitted(_pipeline(LogisticRegression()), labels=_THIRDS)),
    "number": Cell(REGRESSION, lambda: _fitted(_pipeline(LinearRegression()), labels=_TARGET)),
    "number, of a table of one column": Cell(
        REGRESSION, lambda: _fitted(_pipeline(LinearRegression()), labels=_TARGET[:, None])
    ),
    "number, voted": Cell(
        REGRESSION,
        lambda: _fitted(
            _pipeline(VotingRegressor([("a", DecisionTreeRegressor(max_depth=3)), ("b", LinearRegression())])),
            labels=_TARGET,
        ),
    ),
    "number, boosted": Cell(
        REGRESSION, lambda: _fitted(HistGradientBoostingRegressor(max_iter=5), RIGHT.drop(columns=[]), _TARGET)
    ),
    "classes for a number": Cell(
        REGRESSION,
        lambda: (_pipeline(LogisticRegression()).fit(TEXTS, FAILED), _TARGET),
        "the model answers with classes",
    ),
    "neighbours of compiled code": Cell(
        BINARY,
        lambda: (_pipeline(SVC()).fit(TEXTS, NAMED), {"failure": FAILED}),
        "it holds SVC of sklearn.svm",
    ),
    "search": Cell(
        BINARY,
        lambda: _fitted(GridSearchCV(_pipeline(LogisticRegression()), {"logisticregression__C": [1.0]}, cv=2)),
        "which is not served; log what it fitted, the best_estimator_ of a search",
    ),
}


def test_numbers_that_a_notebook_has_as_objects_beside_truths_are_numbers(tmp_path: Path) -> None:
    features = [
        {"name": "quality", "type": "category", "values": ["H", "L", "M"]},
        {"name": "torque", "type": "float"},
        {"name": "night", "type": "boolean"},
    ]
    use_case = UseCase.model_validate(
        {"name": "m", "title": "m", "task": "binary", "target": "y", "classes": BINARY.classes, "features": features,
         "training": {"data": "x.csv"}}
    )  # fmt: skip
    frame = ROWS[["quality", "torque"]].assign(night=ROWS.wear > 100).dropna()
    labels = NAMED[frame.index]
    prepared = make_column_transformer((OrdinalEncoder(), ["quality"]), remainder="passthrough")
    model = make_pipeline(prepared, boosting(categorical_features=[0])).fit(frame, labels)
    path = tmp_path / "model.skops"
    skops.io.dump(model, path)
    rows = check_table(use_case, pa.RecordBatch.from_pandas(frame, preserve_index=False)).good
    assert np.array_equal(raw_scores(use_case, SKLEARN.load(path), rows), model.predict_proba(frame)[:, 0])


def _with_all(model: Any) -> tuple[Any, Any]:
    model.fit(TEXTS[_SEEN], NAMED[_SEEN])
    own = np.zeros(len(TEXTS))
    own[_SEEN] = model.predict_proba(TEXTS[_SEEN])[:, 0]
    return model, {"failure": own}


def _renamed(names: dict[str, str]) -> tuple[Any, Any]:
    model = _pipeline(LogisticRegression()).fit(TEXTS, np.vectorize(names.get)(NAMED))
    return model, {"failure": model.predict_proba(TEXTS)[:, 0]}


@pytest.mark.parametrize("name", CELLS)
def test_what_is_promoted_answers_with_its_notebooks_numbers(name: str, tmp_path: Path) -> None:
    cell = CELLS[name]
    model, own = cell.fit()
    path = tmp_path / "model.skops"
    skops.io.dump(model, path)
    found = inspected(cell, path, golden_of(cell, own), runtime=SKLEARN)
    if cell.reason:
        assert cell.reason in refusals(found)
        return
    assert refusals(found) == ""
    loaded, rows = SKLEARN.load(path), checked_rows(cell.use_case)
    served = raw_scores(cell.use_case, loaded, rows)
    expected: Any = own
    if isinstance(own, dict):
        expected = own["failure"] if served.ndim == 1 else np.column_stack([own[name] for name in MULTICLASS.classes])
    expected = np.reshape(expected, served.shape)  # a model may answer with a table of one column
    assert np.allclose(served, expected, rtol=1e-12, atol=0)  # forests of several threads add up in any order
    with pytest.raises(NoExplanationError):
        explain(cell.use_case, loaded, rows[:20])


@pytest.mark.parametrize("use_case", [BINARY, MULTICLASS, REGRESSION])
def test_it_is_fitted_stopped_early_and_stored(use_case: Any, tmp_path: Path) -> None:
    rows = checked_rows(use_case)
    targets = {Task.BINARY: FAILED, Task.MULTICLASS: np.digitize(_TARGET, [0.6, 1.2]), Task.REGRESSION: _TARGET}
    examples = Examples(rows, np.asarray(targets[use_case.task], dtype=np.float64))
    training, validation = (examples.take(np.flatnonzero(place)) for place in (_HALF, ~_HALF))
    heard: list[tuple[int, int]] = []
    fitted = SKLEARN.fit(use_case, training, validation, lambda done, most: heard.append((done, most)))
    assert heard == [(fitted.model.rounds, use_case.training.rounds)]
    assert 1 < fitted.model.rounds < use_case.training.rounds
    path = tmp_path / "model.skops"
    fitted.model.save(path)
    loaded = SKLEARN.load(path)
    loaded.require_fit(use_case)
    scores = raw_scores(use_case, loaded, rows)
    assert np.array_equal(scores, raw_scores(use_case, fitted.model, rows))
    alone = [raw_scores(use_case, loaded, rows.slice(place, 1))[0] for place in range(20)]
    assert np.array_equal(scores[:20], alone)
