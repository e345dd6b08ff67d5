#!/usr/bin/env bash
# statsforecast 2.1.1: one missing reading in a series around 100, and AutoARIMA forecasts 0.
#
# Expected: AutoARIMA fits around a missing value, as the ARIMA it is modelled on does, or refuses it, as ARIMA and
# AutoRegressive of the same library do.
# Seen: with a NaN the empty model (0, 0, 0) without a mean is chosen: 0 for a series of 100 +- 1, wherever the NaN
# stands but at the start. A series with a trend is forecast flat at its last value. No warning.
# Why it matters: the pipeline that fits thousands of series finds one gap in some of them; their forecasts are zero,
# which for demand or production looks like a decision and not like an error.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "statsforecast==2.1.1" "numpy==2.4.6" "pandas==2.3.3"

venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

import numpy
from statsforecast.models import ARIMA, AutoARIMA

warnings.simplefilter("error")
random = numpy.random.default_rng(1)
level = 100 + random.normal(size=96)
trend = 100 + 0.5 * numpy.arange(96) + random.normal(size=96)


def with_gap(series, place):
    return numpy.where(numpy.arange(len(series)) == place, numpy.nan, series)


def forecast(series):
    return AutoARIMA(season_length=1).forecast(y=series, h=3)["mean"].round(1).tolist()


print("statsforecast", version("statsforecast"))
whole = forecast(level), forecast(trend)
print("level and trend:", *whole)
gaps = {place: forecast(with_gap(level, place)) for place in (20, 40, 95)}
rising = forecast(with_gap(trend, 40))
print("level with one reading missing:", gaps, "trend:", rising)
if any(abs(value - 100) > 1 for value in whole[0]) or not whole[1][0] < whole[1][1] < whole[1][2]:
    raise SystemExit("Changed: whole series are forecast otherwise.")
if any(values != [0.0, 0.0, 0.0] for values in gaps.values()):
    raise SystemExit("Changed: a missing reading no longer makes the forecast zero.")
if len(set(rising)) != 1 or abs(rising[0] - trend[-1]) > 0.1:
    raise SystemExit("Changed: a missing reading no longer removes the trend.")
try:
    ARIMA(order=(1, 0, 0)).forecast(y=with_gap(level, 40), h=3)
except ValueError as error:
    print("ARIMA refuses:", str(error)[:60])
else:
    raise SystemExit("Changed: ARIMA no longer refuses a missing reading.")
PYTHON
