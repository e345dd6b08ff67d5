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
from usecases.models.runtimes import runtime_of_file
from usecases.models.scoring import raw_scores

WRITTEN = json.loads(SCORES.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", WRITTEN)
def test_models_of_every_supported_version_score_as_where_they_were_fitted(name: str) -> None:
    use_case = USE_CASES[name.split("-", maxsplit=1)[0]]
    runtime = runtime_of_file(Path(name))
    assert runtime is not None
    model = runtime.load(FOLDER / name)
    model.require_fit(use_case)
    scores = raw_scores(use_case, model, rows(use_case))
    assert len(np.unique(scores)) > 10
    assert np.array_equal(scores, np.array(WRITTEN[name]))


@pytest.mark.parametrize("library", ["xgboost-cpu", "lightgbm"])
def test_models_of_the_installed_versions_are_among_them(library: str) -> None:
    wanted = f"-{library.removesuffix('-cpu')}-{version(library)}."
    assert [name for name in WRITTEN if wanted in name] != []
