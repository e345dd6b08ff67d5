"""Random search keeps the best, repeats, and begins with what the use case says."""

from __future__ import annotations

import pytest

from training.data import TrainingData, load_training_data
from training.fit import fit
from training.search import Fitting, configurations, search
from training.splits import split
from usecases.contract.catalog import load_catalog

CATALOG = load_catalog()
IRIS = CATALOG["iris"]


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return load_training_data(IRIS, CATALOG.folder("iris"))


def fitting(data: TrainingData) -> Fitting:
    parts = split(IRIS, data)
    return lambda use_case, on_round: fit(use_case, data, parts, on_round)


def test_the_best_of_all_trials_is_kept_and_progress_never_goes_back(data: TrainingData) -> None:
    shares: list[float] = []
    found = search(IRIS, fitting(data), 6, shares.append)
    assert len(found.trials) == 6
    assert found.best.validation == min(trial.validation for trial in found.trials)
    best = min(found.trials, key=lambda trial: trial.validation)
    assert {name: getattr(found.use_case.training, name) for name in best.parameters} == best.parameters
    assert found.best.parameters["max_depth"] == best.parameters["max_depth"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert found.best.validation <= found.trials[0].validation


def test_a_search_repeats_and_a_longer_one_begins_alike() -> None:
    short, long = list(configurations(IRIS, 5)), list(configurations(IRIS, 9))
    assert long[:5] == short
    assert short[0]["max_depth"] == IRIS.training.max_depth
    assert len({str(one) for one in long}) == 9
    training = IRIS.training
    for one in long:
        type(training).model_validate(training.model_dump() | one)


def test_one_trial_is_what_the_use_case_says(data: TrainingData) -> None:
    found = search(IRIS, fitting(data), 1, lambda _: None)
    assert found.use_case == IRIS
