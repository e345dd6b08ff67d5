#!/usr/bin/env bash
# sktime 1.2.0: make_reduction(strategy="direct") asks for the future values of X at predict and does not use them.
#
# Expected: with y = 10 * x of the same hour, a reduced linear regression that is given x of the future forecasts 10 * x:
# 0 for a plan of 0, 500 for a plan of 50.
# Seen: sktime's direct, dirrec and multioutput strategies answer the same numbers whatever the future X is; they look
# at X of the past window only. For the direct one it is an error to leave X out of predict(), so it seems to be used.
# Why it matters: a plan, a price or a weather forecast, the reason for choosing a model with exogenous values, has no
# effect on the forecast; what-if comparisons always say that nothing changes.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "sktime==1.2.0" "scikit-learn==1.9.1" \
  "pandas==2.3.3" "numpy==2.4.6"

PYTHONWARNINGS=ignore venv/bin/python - <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sktime.forecasting.compose import make_reduction

warnings.simplefilter("ignore")
random = np.random.default_rng(0)
hours = pd.date_range("2026-03-01", periods=240, freq="h")
plan = pd.DataFrame({"plan": random.integers(0, 5, 240).astype(float)}, index=hours)
load = 10 * plan["plan"]
future = pd.date_range("2026-03-11", periods=2, freq="h")
low, high = (pd.DataFrame({"plan": [value, value]}, index=future) for value in (0.0, 50.0))

print("sktime", version("sktime"))
for strategy in ("direct", "dirrec", "multioutput"):
    model = make_reduction(LinearRegression(), strategy=strategy, window_length=3)
    model.fit(load, X=plan, fh=[1, 2])
    answers = [model.predict(X=table).round(1).tolist() for table in (low, high)]
    print("sktime", strategy, "plan 0", answers[0], "plan 50", answers[1])
    if strategy == "direct":
        try:
            model.predict()
        except ValueError as error:
            print("  without X:", error)
        else:
            sys.exit("predict() no longer asks for X.")
    if answers[0] != answers[1]:
        sys.exit(f"The strategy {strategy} uses the future plan now.")
PY
echo "Seen: three reduction strategies forecast the same for a plan of 0 and of 50."
