"""Forecast with mlforecast and XGBoost, or time its features; run by an environment that has them, see backtest and features.

`forecast FOLDER` reads readings.parquet and options.json and writes answers.parquet: every hour between two moments an origin,
by one model that is fed with its own answers, as mlforecast does by default.
`features FOLDER` reads the same and prints how long its features took.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMax, RollingMean, RollingMin, RollingStd
from xgboost import XGBRegressor

TRANSFORMS = {"mean": RollingMean, "std": RollingStd, "min": RollingMin, "max": RollingMax}
ORIGINS_AT_ONCE = 720
"""Each origin is a series of its own for mlforecast, so that it forecasts from all of them at once."""


def forecaster(options: dict[str, Any]) -> MLForecast:
    """Return a forecaster of the same lags, rolling features and calendar, fitted for absolute errors."""
    rolling = [
        TRANSFORMS[name](window_size=size) for name, sizes in options["rolling"].items() for size in sizes
    ]  # of what was known before the target, as a lag of 1 says
    model = XGBRegressor(
        objective="reg:absoluteerror", enable_categorical=True, tree_method="hist", seed=0, **options["parameters"]
    )
    return MLForecast(
        models={"model": model},
        freq="h",
        lags=options["lags"],
        lag_transforms={1: rolling},
        date_features=options["calendar"],
        num_threads=options["threads"],
    )


def forecast(readings: pd.DataFrame, options: dict[str, Any]) -> pd.DataFrame:
    """Return the answers from every origin, by series, origin and horizon."""
    fitted = forecaster(options).fit(
        readings[readings["ds"] < pd.Timestamp(options["since"])], static_features=["series"]
    )
    blocks = [_answers(fitted, rows, origins, options["horizon"]) for rows, origins in _origins(readings, options)]
    return pd.concat(blocks)


def _origins(readings: pd.DataFrame, options: dict[str, Any]) -> Any:
    """Yield series that end with an origin each, as long as features look back, some origins at a time."""
    back = max(*options["lags"], *(size for sizes in options["rolling"].values() for size in sizes)) + 1
    for _, one in readings.groupby("series", observed=True):
        first, end = (int(one["ds"].searchsorted(pd.Timestamp(options[name]))) for name in ("since", "until"))
        for start in range(first, end, ORIGINS_AT_ONCE):
            origins = np.arange(start, min(start + ORIGINS_AT_ONCE, end))
            places = origins[:, None] + np.arange(1 - back, 1)
            block = one.iloc[places.ravel()].copy()
            block["unique_id"] = np.repeat(origins, back)
            yield block, one["ds"].iloc[origins].to_numpy()


def _answers(fitted: MLForecast, rows: pd.DataFrame, origins: Any, horizon: int) -> pd.DataFrame:
    found = fitted.predict(horizon, new_df=rows).sort_values(["unique_id", "ds"])
    return pd.DataFrame(
        {
            "series": rows["series"].iloc[0],
            "origin": np.repeat(origins, horizon),
            "horizon": np.tile(np.arange(1, horizon + 1), len(origins)),
            "mlforecast": found["model"].to_numpy(),
        }
    )


def main() -> None:
    """Do what was asked for."""
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[2])
    options = json.loads((folder / "options.json").read_text(encoding="utf-8"))
    readings = pd.read_parquet(folder / "readings.parquet")
    if sys.argv[1] == "forecast":
        readings["series"] = readings["unique_id"].astype("category")
        forecast(readings, options).to_parquet(folder / "answers.parquet")
        return
    started = time.perf_counter()
    built = forecaster(options).preprocess(readings, static_features=[], dropna=False)
    print(json.dumps({"rows": len(built), "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
