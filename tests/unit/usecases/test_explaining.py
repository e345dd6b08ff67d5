"""Contributions of features add up to what the model answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.usecases.kiln import KINDS, rows, saved, train
from usecases.contract.spec import UseCase
from usecases.models.explaining import explain
from usecases.models.runtime import ScoringError
from usecases.models.scoring import matrix, raw_scores
from usecases.models.xgboost_matrices import XGBOOST_TYPES
from usecases.models.xgboost_runtime import XGBOOST
from usecases.models.xgboost_runtime import XGBoostModel as Model
from usecases.tasks.task import Task


@pytest.fixture
def model(use_case: UseCase, tmp_path: Path) -> Model:
    return XGBOOST.load(saved(train(use_case), tmp_path))


def margins(use_case: UseCase, model: Model, seed: int, count: int) -> np.ndarray:
    encoded = matrix(use_case, rows(use_case, count, seed))
    answers = model.booster.inplace_predict(encoded, iteration_range=(0, model.rounds), predict_type="margin")
    return np.asarray(answers, dtype=np.float64)


@pytest.mark.parametrize("use_case", list(KINDS), indirect=True)
def test_contributions_and_base_value_add_up_to_the_margin(use_case: UseCase, model: Model) -> None:
    @settings(max_examples=25, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 100))
    def adds_up(seed: int, count: int) -> None:
        shares = explain(use_case, model, rows(use_case, count, seed))
        outputs = len(use_case.classes) if use_case.task is Task.MULTICLASS else 1
        assert shares.shape == (count, outputs, len(use_case.features) + 1)
        expected = margins(use_case, model, seed, count).reshape(count, outputs)
        assert shares.sum(axis=2) == pytest.approx(expected, abs=1e-4)

    adds_up()


def test_the_sum_is_the_score_after_the_link(use_case: UseCase, model: Model) -> None:
    sample = rows(use_case, 20)
    margin = explain(use_case, model, sample).sum(axis=2)[:, 0]
    assert 1 / (1 + np.exp(-margin)) == pytest.approx(raw_scores(use_case, model, sample), abs=1e-5)


def test_a_category_that_decides_has_the_contribution(use_case: UseCase, tmp_path: Path) -> None:
    sample = rows(use_case, 200)
    encoded = matrix(use_case, sample)
    table = xgboost.DMatrix(
        encoded,
        encoded[:, 2] == 1,
        feature_names=[feature.name for feature in use_case.features],
        feature_types=[XGBOOST_TYPES[feature.type] for feature in use_case.features],
        enable_categorical=True,
    )
    model = XGBOOST.load(saved(xgboost.train({"objective": "binary:logistic"}, table, 5), tmp_path))
    largest = np.abs(explain(use_case, model, sample)[:, 0, :-1]).argmax(axis=1)
    assert set(largest.tolist()) == {2}


def test_no_rows_have_no_contributions(use_case: UseCase, model: Model) -> None:
    assert explain(use_case, model, rows(use_case, 1).slice(0, 0)).shape == (0, 1, 6)


def test_a_row_is_explained_alike_beside_others(use_case: UseCase, model: Model) -> None:
    sample = rows(use_case, 30)
    alone = explain(use_case, model, sample.slice(7, 1))
    assert explain(use_case, model, sample)[7] == pytest.approx(alone[0], abs=1e-7)


def test_what_is_no_number_is_no_explanation(use_case: UseCase, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model.booster, "predict", lambda *_, **__: np.full((1, 6), np.nan, dtype=np.float32))
    with pytest.raises(ScoringError, match="no finite number"):
        explain(use_case, model, rows(use_case, 1))
