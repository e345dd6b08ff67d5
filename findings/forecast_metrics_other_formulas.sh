#!/usr/bin/env bash
# utilsforecast 0.2.17, sktime 1.2.0 and GluonTS 0.17.0: smape, mape and quantile loss of one name, three answers.
#
# Expected: a metric has one definition; libraries of one field can be compared, at least up to the factor 100 of
# percent.
# Seen, for the readings 0, 10, 20, 10 and the forecasts 5, 5, 20, 30: smape is 0.458 in utilsforecast (0 to 1) and
# 0.917 in sktime and GluonTS (0 to 2). mape with a zero reading is 0.83 in utilsforecast, which skips that row,
# 5.6e15 in sktime, infinite in GluonTS. The quantile loss for 0.9 is the mean 1.75 in utilsforecast and sktime and 14
# in GluonTS: the sum, doubled.
# Why it matters: a gate such as "smape below 0.5" or a table that compares libraries by their own metrics ranks
# formulas.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "utilsforecast==0.2.17" "sktime==1.2.0" "gluonts==0.17.0" \
  "pandas==2.3.3" "numpy==2.4.6"

PYTHONWARNINGS=ignore venv/bin/python - <<'PY'
import math
import sys
import warnings
from importlib.metadata import version

import pandas as pd
from gluonts.evaluation import metrics as gluonts_metrics
from sktime.performance_metrics.forecasting import MeanAbsolutePercentageError
from sktime.performance_metrics.forecasting.probabilistic import PinballLoss
from utilsforecast import losses

warnings.simplefilter("ignore")
readings, forecasts = pd.Series([0.0, 10.0, 20.0, 10.0]), pd.Series([5.0, 5.0, 20.0, 30.0])
days = pd.date_range("2026-01-01", periods=4)
table = pd.DataFrame({"unique_id": "plant", "ds": days, "y": readings, "model": forecasts})
quantile = pd.DataFrame({("y", 0.9): forecasts})

seen = {
    "smape": (
        losses.smape(table, models=["model"])["model"].item(),
        MeanAbsolutePercentageError(symmetric=True)(readings, forecasts),
        gluonts_metrics.smape(readings.to_numpy(), forecasts.to_numpy()),
    ),
    "mape": (
        losses.mape(table, models=["model"])["model"].item(),
        MeanAbsolutePercentageError(symmetric=False)(readings, forecasts),
        gluonts_metrics.mape(readings.to_numpy(), forecasts.to_numpy()),
    ),
    "quantile loss 0.9": (
        losses.quantile_loss(table, models={"model": "model"}, q=0.9)["model"].item(),
        PinballLoss(alpha=0.9)(pd.DataFrame({"y": readings}), quantile),
        gluonts_metrics.quantile_loss(readings.to_numpy(), forecasts.to_numpy(), 0.9),
    ),
}
print("utilsforecast", version("utilsforecast"), "sktime", version("sktime"), "GluonTS", version("gluonts"))
for name, values in seen.items():
    print(name, [float(value) for value in values])
smape, mape, loss = seen.values()
if not all(math.isclose(value, wanted, abs_tol=1e-3) for value, wanted in zip(smape, (0.4583, 0.9167, 0.9167))):
    sys.exit("smape is computed in another way now.")
if not (math.isclose(mape[0], 0.8333, abs_tol=1e-3) and 1e12 < mape[1] < math.inf and mape[2] == math.inf):
    sys.exit("mape with a zero reading is computed in another way now.")
if not all(math.isclose(value, wanted, abs_tol=1e-6) for value, wanted in zip(loss, (1.75, 1.75, 14.0))):
    sys.exit("The quantile loss is computed in another way now.")
PY
echo "Seen: two scales of smape, three answers of mape at zero, and a quantile loss that is doubled and summed."
