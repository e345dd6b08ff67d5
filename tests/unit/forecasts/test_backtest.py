"""Learning to forecast, and forecasting the past as it would have been."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from utilsforecast.losses import coverage, mae

from tests.support.command import smartpredict
from tests.support.usecases.forecast import TIDE, forecast_use_case, observed, versions
from training.data import forecast_data
from training.errors import TrainingDataError
from training.evaluate import evaluate
from training.fit import fit
from training.forecasts.backtest import backtest, fit_known
from training.forecasts.measures import HorizonSums
from training.splits import split
from usecases.forecasts.observations import Observations
from usecases.models.explaining import explain
from usecases.models.quantile_offsets import Offsets, conformal_offsets
from usecases.models.runtime import Examples
from usecases.models.scoring import raw_scores, score
from usecases.models.xgboost_runtime import XGBOOST

USE_CASE = forecast_use_case()
HOURS = 1_200


@pytest.fixture(scope="module")
def found() -> Observations:
    return observed(USE_CASE, versions(HOURS, noise=0.5))


def test_a_model_beats_the_baselines_and_scores_alike_once_it_is_stored(found: Observations, tmp_path: Path) -> None:
    data = forecast_data(USE_CASE, found)
    parts = split(USE_CASE, data)
    origins, settled = (data.others.column(name).cast(pa.int64()).to_numpy() for name in ("origin", "settled"))
    assert settled[parts.training].max() <= origins[parts.validation].min()
    assert settled[parts.validation].max() <= origins[parts.holdout].min()
    fitted = fit(USE_CASE, data, parts)
    rows, targets = data.rows.take(pa.array(parts.holdout)), data.targets[parts.holdout]
    measured = evaluate(USE_CASE, targets, raw_scores(USE_CASE, fitted.model, rows), rows).metrics
    assert measured["relative_mae"] < 1
    assert measured["mae"] < min(measured[f"mae_{name}"] for name in ("last_value", "season_4", "season_12"))
    assert 0.8 < measured["coverage_90"] < 0.97
    refitted = XGBOOST.refit(USE_CASE, fitted, Examples(data.rows, data.targets))
    assert refitted.model.rounds == fitted.model.rounds
    refitted.model.save(tmp_path / "model.ubj")
    loaded = XGBOOST.load(tmp_path / "model.ubj")
    loaded.require_fit(USE_CASE)
    scores = raw_scores(USE_CASE, loaded, rows)
    np.testing.assert_array_equal(scores, raw_scores(USE_CASE, refitted.model, rows))
    assert (np.diff(scores, axis=1) >= 0).all()
    told = score(USE_CASE, loaded, rows)
    assert told.prediction.to_pylist() == scores[:, 2].tolist()
    assert told.scores is not None
    assert told.scores.to_pylist()[0] == scores[0].tolist()
    few = rows.slice(0, 5)
    assert explain(USE_CASE, loaded, few).shape == (5, 1, len(USE_CASE.features) + 1)


def test_intervals_hold_their_share_of_the_rows_they_are_set_by() -> None:
    options = USE_CASE.forecast
    assert options is not None
    rng = np.random.default_rng(1)
    horizons = rng.integers(1, 6, 6_000)  # none of the last horizon
    targets = rng.normal(0, horizons)
    rows = pa.RecordBatch.from_pydict({"horizon": horizons})
    quantiles = np.tile([-0.5, -0.1, 0.0, 0.1, 0.5], (6_000, 1))
    offsets = conformal_offsets(options, quantiles, rows, targets)
    moved = Offsets.read(offsets.write()).add(quantiles, rows)
    assert (np.diff(moved, axis=1) >= 0).all()
    for horizon in range(1, 6):
        here = horizons == horizon
        for place, share in ((0, 0.9), (1, 0.5)):
            held = (moved[here, place] <= targets[here]) & (targets[here] <= moved[here, -1 - place])
            assert held.mean() == pytest.approx(share, abs=0.005)
    assert (np.diff(offsets.widths[:5, 0]) > 0).all()  # errors grow with the horizon
    assert offsets.widths[0, 0] < offsets.widths[5, 0] < offsets.widths[4, 0]


def test_figures_by_horizon_are_those_of_another_library(found: Observations) -> None:
    options = USE_CASE.forecast
    assert options is not None
    rng = np.random.default_rng(2)
    horizons, targets, base = rng.integers(1, 7, 500), rng.normal(size=500), rng.normal(size=500)
    quantiles = np.sort(rng.normal(size=(500, 5)), axis=1)
    sums = HorizonSums(options)
    for part in (slice(0, 123), slice(123, 500)):
        sums.add(horizons[part], targets[part], {"model": quantiles[part]}, {"base": base[part]})
    frame = pd.DataFrame({"unique_id": horizons, "y": targets, "model": quantiles[:, 2], "base": base})
    frame["model-lo-90"], frame["model-hi-90"] = quantiles[:, 0], quantiles[:, 4]
    theirs = mae(frame, models=["model", "base"]).sort_values("unique_id")
    held = coverage(frame, models=["model"], level=90).sort_values("unique_id")
    ours = sums.by_horizon()
    np.testing.assert_allclose(ours["model"], theirs["model"])
    np.testing.assert_allclose(ours["base"], theirs["base"])
    np.testing.assert_allclose(ours["model, 90 % interval"], held["model"])
    assert sums.errors()["base"] == pytest.approx(np.abs(base - targets).mean())


def test_a_fold_learns_nothing_that_was_known_later(found: Observations) -> None:
    border = int(found.moments.min()) + 1_000 * 3_600_000_000
    later = found.known_at > border
    changed = found.take(found.moments <= found.moments.max())
    changed.readings[later] += 100
    assert later.any()
    rows = forecast_data(USE_CASE, found).rows
    first, second = (raw_scores(USE_CASE, fit_known(USE_CASE, one, border).model, rows) for one in (found, changed))
    np.testing.assert_array_equal(first, second)


def test_folds_and_one_model_per_horizon_are_measured_on_the_same_rows(found: Observations) -> None:
    heard: list[tuple[int, int]] = []
    told = backtest(
        USE_CASE, found, folds=2, one_per_horizon=True, on_fold=lambda done, all_: heard.append((done, all_))
    )
    assert heard == [(1, 2), (2, 2)]
    assert len(told.cutoffs) == 2
    errors = told.sums.errors()
    assert {"model", "one model per horizon", "last_value", "season_4", "season_12"} == errors.keys()
    assert errors["model"] < min(errors["last_value"], errors["season_4"], errors["season_12"])


def test_too_few_readings_are_told() -> None:
    with pytest.raises(TrainingDataError, match="too few for a row, which looks back 12 steps"):
        forecast_data(USE_CASE, observed(USE_CASE, versions(10)))
    with pytest.raises(TrainingDataError, match="no observations in that stretch"):
        backtest(USE_CASE, observed(USE_CASE, versions(60)), since=0)


def test_the_command_prints_errors_by_horizon(tmp_path: Path) -> None:
    folder = tmp_path / "tide"
    folder.mkdir()
    (folder / "usecase.yaml").write_text(yaml.safe_dump(TIDE), encoding="utf-8")
    versions(HOURS).to_csv(folder / "tide.csv", index=False)
    settings = {"SMARTPREDICT_USECASES": str(tmp_path), "COLUMNS": "200"}
    done = smartpredict("backtest", "tide", home=tmp_path, settings=settings)
    assert done.returncode == 0, done.stderr
    for text in (
        "horizon",
        "last_value",
        "season_12",
        "90 % interval",
        "fitted on what was known at",
        "readings that are missing",
    ):
        assert text in done.stdout
    refused = smartpredict("backtest", "iris", home=tmp_path, settings=settings)
    assert refused.returncode == 1
    assert "a backtest is for use cases with task: forecast" in refused.stderr
