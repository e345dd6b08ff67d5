#!/usr/bin/env bash
# darts 0.48.1 subtracts two series by position, whatever the times of their values are.
#
# Expected: actual - forecast takes values of the same time, as pandas does and as the metrics of darts do
# (intersect=True), or refuses series with other times.
# Seen: where both have the same number of values, the first is subtracted from the first: a series of January minus
# one of May is a series of January, and a forecast that starts one day later gives residuals of the day before, named
# after the days of the left series. The same for +, *, / and for comparisons. mae() of the same two series takes the
# days that both have; only another length is an error.
# Why it matters: residuals are computed this way for intervals, drift and alarms; a forecast shifted by one step
# looks like a systematic error, or a perfect one hides it.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "darts==0.48.1" "pandas==2.3.3"

venv/bin/python - <<'EOF'
import logging
import warnings
from importlib.metadata import version

logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore")

import numpy
import pandas
from darts import TimeSeries
from darts.metrics import mae


def series(start, values):
    days = pandas.date_range(start, periods=len(values), freq="D")
    return TimeSeries.from_times_and_values(days, numpy.array(values, float))


def shown(days, values):
    return {str(day.date()): float(value) for day, value in zip(days, values)}


print("darts", version("darts"))
actual = series("2024-01-01", [1, 2, 3, 4])
later = series("2024-01-02", [2, 3, 4, 5])
residual = actual - later
print("residuals:", shown(residual.time_index, residual.values().ravel()))
print("mae of the same two series:", float(mae(actual, later)))
by_time = (actual.to_series() - later.to_series()).dropna()
print("pandas:", shown(by_time.index, by_time))
if by_time.tolist() != [0.0, 0.0, 0.0] or float(mae(actual, later)) != 0:
    raise SystemExit("Changed: pandas or the metrics of darts no longer compare by time.")
if residual.values().ravel().tolist() != [-1.0, -1.0, -1.0, -1.0] or residual.start_time() != actual.start_time():
    raise SystemExit("Changed: darts no longer subtracts by position.")
may = actual + series("2024-05-01", [10, 20, 30, 40])
print("January plus May:", may.start_time().date(), may.values().ravel().tolist())
if may.values().ravel().tolist() != [11.0, 22.0, 33.0, 44.0] or may.start_time() != actual.start_time():
    raise SystemExit("Changed: series without a common day are no longer added.")
try:
    actual - series("2024-01-01", [1, 2, 3])
except ValueError as error:
    print("another length:", str(error)[:70])
else:
    raise SystemExit("Changed: series of another length are no longer refused.")
EOF
