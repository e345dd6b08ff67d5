"""Files of scikit-learn's models that would end the process, or run code, are refused before anything is scored."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, SplineTransformer

from tests.support.registry.notebooks import BINARY, ROWS, checked_rows
from tests.unit.registry.test_sklearn import MATRIX, NAMED, boosting, forest
from usecases.models.runtime import ModelError
from usecases.models.scoring import raw_scores
from usecases.models.sklearn_runtime import SKLEARN


def _changed(where: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """Change the numbers of the first array that has such a field."""

    def damage(path: Path) -> None:
        with zipfile.ZipFile(path) as packed:
            files = {name: packed.read(name) for name in packed.namelist()}
        for name, content in list(files.items()):
            if not name.endswith(".npy"):
                continue
            target = path.parent / "one.npy"
            target.write_bytes(content)
            found = np.load(target)
            if found.dtype.names and where in found.dtype.names:
                found[where] = change(found[where])
                np.save(target, found)
                files[name] = target.read_bytes()
        with zipfile.ZipFile(path, "w") as packed:
            for name, content in files.items():
                packed.writestr(name, content)

    return damage


def _schema(change: Callable[[str], str]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with zipfile.ZipFile(path) as packed:
            files = {name: packed.read(name) for name in packed.namelist()}
        files["schema.json"] = change(files["schema.json"].decode()).encode()
        with zipfile.ZipFile(path, "w") as packed:
            for name, content in files.items():
                packed.writestr(name, content)

    return damage


_FOREST, _BOOSTED = forest, partial(boosting, categorical_features=[0])


@pytest.mark.parametrize(
    ("fitted", "damage", "words"),
    [
        (_FOREST, _changed("left_child", lambda old: np.where(old >= 0, 10**6, old)), "does not lead to its leaves"),
        (_FOREST, _changed("right_child", lambda old: np.where(old >= 0, 0, old)), "does not lead to its leaves"),
        (_FOREST, _changed("feature", lambda old: old + 50), "does not lead to its leaves"),
        (_BOOSTED, _changed("left", lambda old: old + 10**6), "does not lead to its leaves"),
        (_BOOSTED, _changed("feature_idx", lambda old: old + 99), "does not lead to its leaves"),
        (_BOOSTED, _changed("bitset_idx", lambda old: old + 99), "the lists of categories of a tree are missing"),
        (
            _BOOSTED,
            _changed("is_categorical", lambda old: old * 0 + 1),
            "the lists of categories of a tree are missing",
        ),
        (_FOREST, lambda path: path.write_bytes(path.read_bytes()[:5_000]), "it is no file of skops"),
        (_FOREST, lambda path: path.write_bytes(pickle.dumps({})), "it is no file of skops; log it with"),
        (
            _FOREST,
            _schema(lambda text: text.replace("sklearn.tree._classes", "os")),
            "it is damaged, or holds what may be code",
        ),
        (_FOREST, _schema(lambda _: "[" * 100_000), "it is no file of skops|it is damaged"),
        (
            _FOREST,
            _schema(lambda _: json.dumps({"__class__": "str", "__module__": "builtins"})),
            "it is damaged|no fitted model",
        ),
    ],
)
def test_what_would_end_the_process_or_run_code_is_refused(
    fitted: Callable[[], Any], damage: Callable[[Path], None], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.skops"
    skops.io.dump(fitted().fit(np.nan_to_num(MATRIX), NAMED), path)
    damage(path)
    with pytest.raises(ModelError, match=words):
        SKLEARN.load(path)


def test_a_spline_with_too_few_knots_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    model = make_pipeline(SplineTransformer(n_knots=9), GaussianNB()).fit(np.nan_to_num(MATRIX), NAMED)
    for spline in model[0].bsplines_:
        spline._t = spline._t[:-3]
    skops.io.dump(model, path)
    with pytest.raises(ModelError, match="a spline has too few knots"):
        SKLEARN.load(path)


def test_trees_get_the_columns_they_were_fitted_on(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    model = _BOOSTED().fit(MATRIX, NAMED)
    model._preprocessor = FunctionTransformer(np.sign).fit(MATRIX)  # as no honest notebook does
    skops.io.dump(model, path)
    loaded = SKLEARN.load(path)
    assert raw_scores(BINARY, loaded, checked_rows(BINARY)).shape == (len(ROWS),)
    loaded.estimator._preprocessor.columns = 99
    with pytest.raises(ModelError, match="its trees want 99 columns and get 4"):
        raw_scores(BINARY, loaded, checked_rows(BINARY))


def test_code_is_not_even_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    skops.io.dump(make_pipeline(FunctionTransformer(np.abs), FunctionTransformer(pd.unique), GaussianNB()), path)
    with pytest.raises(ModelError, match="what may be code: Untrusted types found"):
        SKLEARN.load(path)
