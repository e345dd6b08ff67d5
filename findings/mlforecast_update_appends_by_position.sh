#!/usr/bin/env bash
# mlforecast 1.1.0: fit() refuses missing and repeated hours, update() takes both and shifts every lag.
#
# Expected: MLForecast.update(new_rows) checks what fit() checks (ValueError "Series contain missing or duplicate
# timestamps"), or at least places rows by their time.
# Seen: rows that were given before are appended again: the next forecast is for the right hour but computed from lags
# that are three hours off, and a series with a perfect daily pattern is forecast with the value of another hour. A
# row that comes two days later is appended beside the last one, and lag 24 reaches back over the hole by position.
# Why it matters: new readings arrive through queues and files that deliver again after a failure, and devices go
# silent; the forecasts shift without an error, for good. Remedy: keep the last time of each series and filter before
# update().
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "mlforecast==1.1.0" "scikit-learn==1.9.1" "pandas==2.3.3" \
  "numpy==2.4.6"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import pandas as pd
from mlforecast import MLForecast
from sklearn.linear_model import LinearRegression

HOURS = pd.date_range("2026-03-01", periods=24 * 14, freq="h")
readings = pd.DataFrame({"unique_id": "plant", "ds": HOURS, "y": [100.0 + hour.hour for hour in HOURS]})


def forecast(*updates: pd.DataFrame) -> tuple[str, float]:
    """Return time and value of the next forecast: the value should be 100 and the hour."""
    model = MLForecast(models={"model": LinearRegression()}, freq="h", lags=[24]).fit(readings)
    for rows in updates:
        model.update(rows)
    row = model.predict(1).iloc[0]
    return str(row["ds"]), round(float(row["model"]), 3)


def later(hours: int, count: int = 1) -> pd.DataFrame:
    time = readings["ds"].tail(count) + pd.Timedelta(hours=hours)
    return readings.tail(count).assign(ds=time, y=[100.0 + moment.hour for moment in time])


print("mlforecast", version("mlforecast"))
for name, rows in (("repeated", pd.concat([readings, readings.tail(3)])), ("hole", pd.concat([readings, later(50)]))):
    try:
        MLForecast(models={"model": LinearRegression()}, freq="h", lags=[24]).fit(rows)
    except ValueError as error:
        print("fit refuses", name, "-", str(error).splitlines()[0])
    else:
        sys.exit(f"fit takes {name} rows now.")
seen = {
    "in order": forecast(later(1)),
    "the last three rows again": forecast(readings.tail(3)),
    "a row 50 hours later": forecast(later(50)),
}
for name, (time, value) in seen.items():
    print(f"update with {name}: forecast for {time} is {value}")
if seen["in order"] != ("2026-03-15 01:00:00", 101.0):
    sys.exit("The forecast after an update in order is not what the pattern says.")
if seen["the last three rows again"] != ("2026-03-15 00:00:00", 103.0):
    sys.exit("Repeated rows are treated in another way now.")
if seen["a row 50 hours later"] != ("2026-03-17 02:00:00", 101.0):
    sys.exit("A hole is treated in another way now.")
PY
echo "Seen: update() appends repeated rows and skips holes, so lag 24 is no longer a day."
