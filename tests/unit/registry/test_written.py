"""A model scores the same with every version of its library that is supported, whichever wrote it.

Machines with another Python have another XGBoost, and a registry of models outlives both.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from tests.support.registry.written import FOLDER, SCORES, USE_CASES, rows
from usecases.models.runtime import ModelError
from usecases.models.runtimes import runtime_of_file
from usecases.models.scoring import raw_scores

WRITTEN = json.loads(SCORES.read_text(encoding="utf-8"))

NOT_READ_BY = {"3.2.0": ("dropout-xgboost-3.4.1.ubj",)}
"""Models that a version of XGBoost would score with other numbers, without a word."""


@pytest.mark.parametrize("name", WRITTEN)
def test_models_of_every_version_score_as_where_they_were_fitted_or_are_refused(name: str) -> None:
    use_case = USE_CASES[name.split("-", maxsplit=1)[0]]
    runtime = runtime_of_file(Path(name))
    assert runtime is not None
    if name in NOT_READ_BY.get(version("xgboost-cpu"), ()):
        with pytest.raises(ModelError, match=r"a newer XGBoost, with weights of its trees that 3\.2\.0 leaves out"):
            runtime.load(FOLDER / name)
        return
    model = runtime.load(FOLDER / name)
    model.require_fit(use_case)
    scores = raw_scores(use_case, model, rows(use_case))
    assert len(np.unique(scores)) > 10
    assert np.array_equal(scores, np.array(WRITTEN[name]))


@pytest.mark.parametrize("library", ["xgboost-cpu", "lightgbm", "scikit-learn"])
def test_models_of_the_installed_versions_are_among_them(library: str) -> None:
    runtime = {"xgboost-cpu": "xgboost", "scikit-learn": "sklearn"}.get(library, library)
    wanted = f"-{runtime}-{version(library)}."
    assert [name for name in WRITTEN if wanted in name] != []
