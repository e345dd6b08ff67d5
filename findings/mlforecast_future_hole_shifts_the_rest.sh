#!/usr/bin/env bash
# mlforecast 1.1.0: one hour missing from X_df moves the known values of all later hours to the hour before.
#
# Expected: predict(h=4, X_df=...) joins the known future values by series and time, and refuses a table that lacks a
# step, as it refuses one that has no row for a series.
# Seen: values are taken by position. Without the first of four hours the forecasts use the values of hours 2, 3, 4
# and again 4; rows that are half an hour off count as if they were on the hour. The warning says that features are
# "reused for missing horizon steps", which sounds as if only the missing step were concerned. Direct models
# (max_horizon) do the same.
# Why it matters: prices, plans and weather forecasts come from other systems, with holes; every forecast after the
# hole uses the wrong hour and looks normal. Remedy: stop if get_missing_future(h, X_df) is not empty.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "mlforecast==1.1.0" "scikit-learn==1.9.1" "pandas==2.3.3" \
  "numpy==2.4.6"

venv/bin/python - <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from mlforecast import MLForecast
from sklearn.linear_model import LinearRegression

random = np.random.default_rng(0)
hours = pd.date_range("2026-03-01", periods=240, freq="h")
price = random.integers(0, 5, 240).astype(float)
history = pd.DataFrame({"unique_id": "plant", "ds": hours, "y": 10 * price, "price": price})
ahead = pd.date_range("2026-03-11", periods=4, freq="h")
future = pd.DataFrame({"unique_id": "plant", "ds": ahead, "price": [1.0, 2.0, 3.0, 4.0]})
CASES = {
    "whole": (future, [10.0, 20.0, 30.0, 40.0]),
    "first hour missing": (future.drop(index=0), [20.0, 30.0, 40.0, 40.0]),
    "second hour missing": (future.drop(index=1), [10.0, 30.0, 40.0, 40.0]),
    "half an hour late": (future.assign(ds=ahead + pd.Timedelta("30min")), [10.0, 20.0, 30.0, 30.0]),
}
print("mlforecast", version("mlforecast"), "- the target is ten times the price of the same hour")
for horizon in (None, 4):
    model = MLForecast(models={"model": LinearRegression()}, freq="h", lags=[1])
    model.fit(history, static_features=[], max_horizon=horizon)
    for name, (table, wanted) in CASES.items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            answer = model.predict(4, X_df=table)["model"].round(1).tolist()
        texts = [str(warning.message).split(". ")[1] for warning in caught if "X_df" in str(warning.message)]
        print("max_horizon", horizon, name, answer, texts)
        if answer != wanted:
            sys.exit("Missing rows are treated in another way now.")
PY
echo "Seen: one missing hour moves the values of all later hours, and the warning does not say so."
