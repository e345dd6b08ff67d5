#!/usr/bin/env bash
# utilsforecast 0.2.17: a model that leaves the hard rows without a forecast gets the better score.
#
# Expected: evaluate() of a model with missing forecasts is NaN or an error, so that an absent answer is noticed.
# Seen: rows where the forecast is NaN, and readings that are NaN, are skipped; the mean is over what is left. The
# model that answers only the easy half of the days has an mae of 1, the same model with all its answers has 10.5. A
# series that is zero throughout drops out of an aggregated mape in the same way.
# Why it matters: models that need a long history, or that fail for some series, produce NaN there, and win the
# comparison and the model selection because of it. Remedy: count missing forecasts before evaluating.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "utilsforecast==0.2.17" "pandas==3.1.1" "numpy==2.4.6"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from utilsforecast.evaluation import evaluate
from utilsforecast.losses import mae, mape, rmse

days = pd.date_range("2026-01-01", periods=4)
easy, hard = [1.0, 1.0], [20.0, 20.0]
table = pd.DataFrame({"unique_id": "plant", "ds": days, "y": 100.0, "whole": [101.0, 99.0, 120.0, 80.0]})
table["half"] = table["whole"].where(table.index < 2)
scores = evaluate(table, metrics=[mae, rmse]).set_index("metric")[["whole", "half"]]
print("utilsforecast", version("utilsforecast"))
print(scores)
if scores.loc["mae"].tolist() != [float(np.mean(easy + hard)), 1.0]:
    sys.exit(f"mae is {scores.loc['mae'].tolist()} now.")
if not scores.loc["rmse", "half"] < scores.loc["rmse", "whole"]:
    sys.exit("A missing forecast no longer makes rmse smaller.")
idle = table.assign(unique_id="idle", y=0.0)
by_series = evaluate(pd.concat([table, idle]), metrics=[mape], models=["whole"])
together = evaluate(pd.concat([table, idle]), metrics=[mape], models=["whole"], agg_fn="mean")
print(by_series)
print(together)
if not by_series["whole"].isna().tolist() == [True, False] and not by_series["whole"].isna().tolist() == [False, True]:
    sys.exit("mape of a series of zeros is no longer missing.")
if not np.isclose(together["whole"].item(), by_series["whole"].dropna().item()):
    sys.exit("The series of zeros counts in the mean now.")
PY
echo "Seen: missing forecasts and series of zeros are left out of the score without a word."
