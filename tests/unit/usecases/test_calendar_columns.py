"""A time is offered to a model as hour, weekday and month as well; models from before score as they did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xgboost

from training.data import TrainingData, check_training_data
from training.evaluate import evaluate
from training.evaluation.page import Findings, write_report
from training.fit import fit
from training.holdout import Holdout
from training.splits import split
from usecases.contract.spec import UseCase
from usecases.models.calendar_columns import column_names
from usecases.models.explaining import explain
from usecases.models.runtime import ModelError
from usecases.models.scoring import matrix, raw_scores
from usecases.models.xgboost_runtime import XGBOOST, XGBoostModel

SHOP = UseCase.model_validate(
    {
        "name": "shop",
        "title": "Shop",
        "task": "regression",
        "target": "visitors",
        "features": [
            {"name": "opened_at", "type": "timestamp", "nullable": True},
            {"name": "degrees", "type": "float"},
            {"name": "paid_at", "type": "timestamp", "nullable": True},
        ],
        "training": {"data": "shop.csv", "max_depth": 4, "rounds": 120, "split": "time", "split_column": "opened_at"},
    }
)
BEGAN = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday


def visitors() -> TrainingData:
    """Make hours in which only the time of day and the weekday matter."""
    moments = [BEGAN + timedelta(hours=number) for number in range(2_000)]
    rng = np.random.default_rng(3)
    count = [100 * (9 <= at.hour < 18) + 60 * (at.weekday() == 5) for at in moments] + rng.normal(0, 2, 2_000)
    table = {
        "opened_at": pa.array(moments, pa.timestamp("us", "UTC")),
        "degrees": rng.normal(size=2_000),
        "paid_at": pa.array([None] * 2_000, pa.timestamp("us", "UTC")),
        "visitors": count,
    }
    return check_training_data(SHOP, pa.record_batch(table))


def rows_at(*moments: datetime | None) -> pa.RecordBatch:
    column = pa.array(moments, pa.timestamp("us", "UTC"))
    return pa.record_batch({"opened_at": column, "degrees": [1.0] * len(moments), "paid_at": column})


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return visitors()


@pytest.fixture(scope="module")
def model(data: TrainingData, tmp_path_factory: pytest.TempPathFactory) -> XGBoostModel:
    path = tmp_path_factory.mktemp("shop") / "model.ubj"
    fit(SHOP, data, split(SHOP, data)).model.save(path)
    loaded = XGBOOST.load(path)
    loaded.require_fit(SHOP)
    return loaded


@pytest.mark.parametrize(
    ("moment", "parts"),
    [
        (datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC), [23, 6, 3]),
        (datetime(2024, 2, 29, tzinfo=UTC), [0, 3, 2]),
        (datetime(1969, 12, 31, 22, 5, tzinfo=UTC), [22, 2, 12]),
        (datetime(1700, 1, 1, tzinfo=UTC), [0, 4, 1]),
    ],
)
def test_hour_weekday_and_month_stand_behind_the_features(moment: datetime, parts: list[int]) -> None:
    encoded = matrix(SHOP, rows_at(moment, None), with_calendar=True)
    assert encoded[0, 3:].tolist() == [*parts, *parts]
    assert np.isnan(encoded[1, 3:]).all()
    assert np.array_equal(encoded[:, :3], matrix(SHOP, rows_at(moment, None)), equal_nan=True)
    assert column_names(SHOP, with_calendar=True)[3:5] == ["opened_at.hour", "opened_at.weekday"]


def test_what_follows_the_clock_is_learned(data: TrainingData, model: XGBoostModel) -> None:
    parts = split(SHOP, data)
    scores = raw_scores(SHOP, model, data.rows.take(pa.array(parts.holdout)))
    assert evaluate(SHOP, data.targets[parts.holdout], scores).metrics["r2"] > 0.97
    assert set(model.importance()) >= {"opened_at.hour", "opened_at.weekday"}


def test_a_time_is_explained_as_one_feature(data: TrainingData, model: XGBoostModel) -> None:
    some = data.rows.slice(1_000, 40)
    shares = explain(SHOP, model, some)
    assert shares.shape == (40, 1, 4)
    assert shares.sum(axis=2)[:, 0] == pytest.approx(raw_scores(SHOP, model, some), abs=1e-3)
    assert np.abs(shares[:, 0, 0]).mean() > 10 * np.abs(shares[:, 0, 1]).mean()


def test_each_of_its_columns_has_a_line_of_its_own_in_the_report(data: TrainingData, tmp_path: Path) -> None:
    parts = split(SHOP, data)
    fitted = fit(SHOP, data, parts)
    targets = data.targets[parts.holdout]
    scores = raw_scores(SHOP, fitted.model, data.rows.take(pa.array(parts.holdout)))
    evaluation = evaluate(SHOP, targets, scores)
    holdout = Holdout(parts.chosen, 3, evaluation)
    write_report(Findings(SHOP, fitted, evaluation, holdout, targets, scores, None, (), "made up", 2_000), tmp_path)
    figures = (tmp_path / "report.json").read_text(encoding="utf-8")
    assert '"opened_at.hour"' in figures
    assert '"kind": "time"' in figures
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "the last 400 rows by opened_at" in page
    assert "3 of its rows have the same features as a row that was learned from" in page
    assert "<th>what a random split would have said</th>" in page


@pytest.mark.parametrize("named", [True, False])
def test_a_model_from_before_scores_as_it_did(named: bool, data: TrainingData, tmp_path: Path) -> None:  # noqa: FBT001  # a case
    encoded = matrix(SHOP, data.rows)
    names: dict[str, Any] = {"feature_names": column_names(SHOP, with_calendar=False)} if named else {}
    booster = xgboost.train({"objective": "reg:squarederror"}, xgboost.DMatrix(encoded, data.targets, **names), 5)
    booster.save_model(tmp_path / "model.ubj")
    old = XGBOOST.load(tmp_path / "model.ubj")
    old.require_fit(SHOP)
    assert raw_scores(SHOP, old, data.rows).tolist() == booster.inplace_predict(encoded).tolist()
    assert explain(SHOP, old, data.rows.slice(0, 2)).shape == (2, 1, 4)


def test_a_model_of_other_columns_is_refused(data: TrainingData, tmp_path: Path) -> None:
    encoded = matrix(SHOP, data.rows, with_calendar=True)
    names = column_names(SHOP, with_calendar=True)[::-1]
    booster = xgboost.train({}, xgboost.DMatrix(encoded, data.targets, feature_names=names), 2)
    booster.save_model(tmp_path / "model.ubj")
    with pytest.raises(ModelError, match=r"the model.s features are paid_at\.month"):
        XGBOOST.load(tmp_path / "model.ubj").require_fit(SHOP)
