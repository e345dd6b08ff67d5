"""Models of LightGBM: served with the numbers their notebooks predict or refused, explained, fitted, and never a danger."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest

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
    of_classes,
)
from usecases.models.explaining import explain
from usecases.models.lightgbm_runtime import LIGHTGBM
from usecases.models.runtime import Examples, ModelError
from usecases.models.scoring import raw_scores
from usecases.tasks.task import Task

_HALF = np.arange(len(ROWS)) < len(ROWS) // 2
_TARGET = ROWS.torque.to_numpy() / 100 + FAILED


def _booster(
    frame: Any = RIGHT,
    labels: Any = FAILED,
    names: tuple[str, ...] = BINARY.classes,
    *,
    stop: bool = False,
    **more: Any,
) -> tuple[lightgbm.Booster, Any]:
    """Fit as a notebook does, and predict all rows."""
    chosen = {"objective": "binary", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5} | more
    if stop:
        learned, watched = (lightgbm.Dataset(frame[place], labels[place]) for place in (_HALF, ~_HALF))
        callbacks: list[Any] = [lightgbm.early_stopping(3, verbose=False)]
        booster = lightgbm.train(chosen, learned, 60, valid_sets=[watched], callbacks=callbacks)
    else:
        booster = lightgbm.train(chosen, lightgbm.Dataset(frame, labels), 6)
    own = booster.predict(frame)
    return booster, of_classes(own, names) if names else own


_number = partial(_booster, labels=_TARGET, names=(), objective="regression")
_OTHERWISE = "rows score otherwise than where it was trained"
_SECONDS = RIGHT.assign(made_at=ROWS.made_at.astype("datetime64[s]").astype("int64"))

CELLS = {
    "booster": Cell(BINARY, _booster),
    "stopped early": Cell(BINARY, partial(_booster, stop=True)),
    "dart": Cell(BINARY, partial(_booster, boosting="dart")),
    "random forest": Cell(BINARY, partial(_booster, boosting="rf", bagging_freq=1, bagging_fraction=0.7)),
    "cross entropy": Cell(BINARY, partial(_booster, objective="cross_entropy")),
    "monotone": Cell(BINARY, partial(_booster, monotone_constraints=[0, 1, 1, 0])),
    "zero is missing": Cell(BINARY, partial(_booster, zero_as_missing=True)),
    "categories in the order of the alphabet": Cell(
        BINARY, partial(_booster, frame=ALPHABETICAL), "quality: the model codes H, L, M in this order"
    ),
    "columns in another order": Cell(
        BINARY,
        partial(_booster, frame=RIGHT[["torque", "quality", "wear", "made_at"]]),
        "the model's features are torque",
    ),
    "numbers without names": Cell(BINARY, partial(_booster, frame=numbers(RIGHT))),
    "numbers without names, coded otherwise": Cell(BINARY, partial(_booster, frame=numbers(ALPHABETICAL)), _OTHERWISE),
    "times in seconds since 1970": Cell(BINARY, partial(_booster, frame=_SECONDS), _OTHERWISE),
    "classes turned round": Cell(BINARY, partial(_booster, labels=1 - FAILED), _OTHERWISE),
    "own objective": Cell(
        BINARY, partial(_booster, objective="cross_entropy_lambda"), "objective is cross_entropy_lambda"
    ),
    "several classes": Cell(
        MULTICLASS,
        partial(
            _booster,
            labels=np.digitize(_TARGET, [0.6, 1.2]),
            names=MULTICLASS.classes,
            objective="multiclass",
            num_class=3,
        ),
    ),
    "number": Cell(REGRESSION, _number),
    "number, logarithmic link": Cell(REGRESSION, partial(_number, objective="poisson")),
    "number, of a root": Cell(REGRESSION, partial(_number, reg_sqrt=True)),
    "linear leaves": Cell(REGRESSION, partial(_number, frame=numbers(RIGHT), linear_tree=True), "which are not served"),
}


@pytest.mark.parametrize("name", CELLS)
def test_what_is_promoted_answers_with_its_notebooks_numbers(name: str, tmp_path: Path) -> None:
    cell = CELLS[name]
    booster, own = cell.fit()
    own = {"failure": 1 - own["failure"]} if name == "classes turned round" else own
    path = tmp_path / "model.lgb"
    booster.save_model(path)
    found = inspected(cell, path, golden_of(cell, own), runtime=LIGHTGBM)
    if cell.reason:
        assert cell.reason in refusals(found)
        return
    assert refusals(found) == ""
    model, rows = LIGHTGBM.load(path), checked_rows(cell.use_case)
    served = raw_scores(cell.use_case, model, rows)
    expected: Any = own
    if isinstance(own, dict):
        expected = own["failure"] if served.ndim == 1 else np.column_stack(list(own.values()))
    assert np.array_equal(served, expected)
    margins = booster.predict(pd.DataFrame(RIGHT) if booster.pandas_categorical else numbers(RIGHT), raw_score=True)
    if name not in {"random forest", "number, of a root"}:  # whose margins are averaged, or roots
        shares = explain(cell.use_case, model, rows[:20])
        assert shares.sum(axis=-1).squeeze() == pytest.approx(margins[:20])


@pytest.mark.parametrize("use_case", [BINARY, MULTICLASS, REGRESSION])
def test_it_is_fitted_stopped_early_and_stored(use_case: Any, tmp_path: Path) -> None:
    rows = checked_rows(use_case)
    targets = {Task.BINARY: FAILED, Task.MULTICLASS: np.digitize(_TARGET, [0.6, 1.2]), Task.REGRESSION: _TARGET}
    examples = Examples(rows, np.asarray(targets[use_case.task], dtype=np.float64))
    training, validation = (examples.take(np.flatnonzero(place)) for place in (_HALF, ~_HALF))
    heard: list[tuple[int, int]] = []
    fitted = LIGHTGBM.fit(use_case, training, validation, lambda done, most: heard.append((done, most)))
    assert fitted.model.rounds == fitted.parameters["rounds"] <= len(heard)
    whole = LIGHTGBM.refit(use_case, fitted, examples)
    for one in (fitted, whole):
        path = tmp_path / "model.lgb"
        one.model.save(path)
        loaded = LIGHTGBM.load(path)
        loaded.require_fit(use_case)
        assert np.array_equal(raw_scores(use_case, loaded, rows), raw_scores(use_case, one.model, rows))
        assert set(loaded.importance()) <= {
            *use_case.features_by_name,
            "made_at.hour",
            "made_at.weekday",
            "made_at.month",
        }
    assert explain(use_case, whole.model, rows[:3]).shape[-1] == len(use_case.features) + 1


def _without(line: bytes) -> Callable[[bytes], bytes]:
    return lambda whole: b"\n".join(one for one in whole.split(b"\n") if not one.startswith(line))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda whole: whole[: len(whole) // 2], "it ends in the midst of a tree"),
        (lambda whole: whole[:-200], "it ends in the midst of a tree"),
        (_without(b"leaf_value"), "it ends in the midst of a tree"),
        (lambda whole: re.sub(rb"left_child=\d", b"left_child=9", whole, count=1), "does not lead to its leaves"),
        (lambda whole: whole.replace(b"split_feature=", b"split_feature=-", 1), "it ends in the midst of a tree"),
        (lambda whole: whole.replace(b"tree_sizes=", b"other_sizes="), "it is damaged: 'tree_sizes'"),
        (lambda _: pickle.dumps({}), "it is not LightGBM's text; log the Booster itself"),
        (lambda _: b"", "it is not LightGBM's text"),
    ],
)
def test_what_would_end_the_process_is_refused(damage: Callable[[bytes], bytes], words: str, tmp_path: Path) -> None:
    booster, _ = _booster()
    path = tmp_path / "model.lgb"
    path.write_bytes(damage(booster.model_to_string().encode()))
    with pytest.raises(ModelError, match=words):
        LIGHTGBM.load(path)
