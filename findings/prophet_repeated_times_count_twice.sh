#!/usr/bin/env bash
# Prophet 1.5.0: a time that occurs twice is fitted twice, without a word.
#
# Expected: fit() refuses or merges repeated times, as mlforecast and skforecast do, since a series has one value a
# time.
# Seen: both rows are observations. A corrected value beside the wrong one gives a forecast between the two;
# delivering the last ten days again, with the same values, gives them double weight and moves the forecast of a bent
# series. The fitted history has more rows than there are times.
# Why it matters: corrections and repeated deliveries are everyday matters for data that arrive by files and queues;
# here they change every later forecast and leave no trace. Remedy: drop_duplicates("ds", keep="last") before fit().
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "prophet==1.5.0" "pandas==3.1.1" "numpy==2.4.6"

venv/bin/python - <<'PY'
import logging
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from prophet import Prophet

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
days = pd.date_range("2026-01-01", periods=60)
sales = pd.DataFrame({"ds": days, "y": np.full(60, 100.0) + np.sin(np.arange(60))})
wrong = sales.assign(y=sales["y"] + 200)


def next_day(history: pd.DataFrame) -> float:
    model = Prophet(uncertainty_samples=0, weekly_seasonality=False, growth="flat").fit(history, seed=0)
    times = len(model.history) - model.history["ds"].nunique()
    answer = float(model.predict(pd.DataFrame({"ds": [pd.Timestamp("2026-03-02")]}))["yhat"].item())
    print(f"  {len(history)} rows, {times} repeated times kept, forecast {answer:.1f}")
    return answer


print("Prophet", version("prophet"))
print("the readings, about 100:")
alone = next_day(sales)
print("the readings, and wrong ones of about 300 before they were corrected:")
both = next_day(pd.concat([wrong, sales]))
shift = sales.assign(y=sales["y"].where(sales.index < 50, 200.0))
print("a step to 200 in the last ten days, and the same with these days delivered five times:")
once, often = next_day(shift), next_day(pd.concat([shift, *[shift.tail(10)] * 4]))
if abs(alone - 100) > 2 or abs(both - 200) > 10:
    sys.exit("A value beside its correction is treated in another way now.")
if often < once + 10:
    sys.exit("Repeated rows have no more weight now.")
PY
echo "Seen: repeated times are kept, and move the forecast."
