#!/usr/bin/env bash
# statsforecast 2.1.1 forecasts 21 for midnight, where 0 is right, because three hours are missing from yesterday.
#
# Expected: a table of hours with a gap, or with one hour twice, is refused or filled, since models count in steps;
# mlforecast 1.1.0 of the same makers refuses both: "missing or duplicate timestamps".
# Seen: the values are taken one after the other. The forecast begins after the last time of the table, its values are
# those of three hours before; an hour that is there twice shifts them by one hour the other way. No warning.
# Why it matters: loggers lose hours and repeat them when they reconnect; from then on the morning peak of every
# forecast is at another hour, and only that series is wrong.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "statsforecast==2.1.1" "mlforecast==1.1.0" \
  "scikit-learn==1.9.1" "numpy==2.4.6" "pandas==2.3.3"

venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

import numpy
import pandas
from mlforecast import MLForecast
from sklearn.linear_model import LinearRegression
from statsforecast import StatsForecast
from statsforecast.models import SeasonalNaive

warnings.simplefilter("error")
hours = pandas.date_range("2026-01-01", periods=48, freq="h")
table = pandas.DataFrame({"unique_id": "meter", "ds": hours, "y": numpy.tile(numpy.arange(24.0), 2)})
CASES = {
    "whole": (table, [0.0, 1.0, 2.0]),
    "three hours missing": (table.drop(index=[30, 31, 32]), [21.0, 22.0, 23.0]),
    "one hour twice": (pandas.concat([table, table.iloc[[40]]]).sort_values("ds"), [1.0, 2.0, 3.0]),
}
print("statsforecast", version("statsforecast"), "and mlforecast", version("mlforecast"))
for name, (given, seen) in CASES.items():
    forecast = StatsForecast([SeasonalNaive(24)], freq="h").forecast(df=given, h=3)
    times, values = forecast["ds"].dt.strftime("%d %H:%M").tolist(), forecast["SeasonalNaive"].tolist()
    try:
        MLForecast([LinearRegression()], freq="h", lags=[24]).fit(given)
    except ValueError as error:
        peer = str(error)[:70].replace("\n", " ")
    else:
        peer = "fitted"
    print(f"{name}: {times} {values}, mlforecast: {peer}")
    if times != ["03 00:00", "03 01:00", "03 02:00"] or values != seen:
        raise SystemExit(f"Changed: with {name} the forecast is no longer {seen}.")
    if (peer == "fitted") != (name == "whole"):
        raise SystemExit("Changed: mlforecast refuses other tables.")
PYTHON
