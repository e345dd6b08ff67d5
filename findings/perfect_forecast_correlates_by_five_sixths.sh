#!/usr/bin/env bash
# HydroErr 2.0.0 gives a perfect forecast of six days a correlation of 0.83, of sixty days one of 0.98.
#
# Expected: acc (anomaly correlation) of a forecast that equals the observation is 1, as documented; the efficiency ve
# is below 1, as documented; the spectral correlation sc of a perfect forecast is the angle 0.
# Seen: acc is 1 - 1/n, for it mixes the two kinds of standard deviation, so a better forecast of a short time loses
# against a worse one of a long time. With negative observations, temperatures or tides, ve of a forecast three times
# too large is 3.0 and that of a perfect one 1.0. sc and sga are NaN for about a third of the perfect forecasts, as the
# cosine is a hair above 1. No warning for the first two.
# Why it matters: models are picked by such figures, per station and season, with few rows each.
# Source: documentation of the functions (ranges); found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "HydroErr==2.0.0" "numpy==2.4.6" "scipy==1.17.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import HydroErr
import numpy

days = numpy.array([3, 0.5, 2, 7, 1, 4])
correlations = [round(float(HydroErr.acc(series, series)), 3) for series in (days, numpy.tile(days, 10))]
frost = -days
efficiencies = [round(float(HydroErr.ve(forecast, frost)), 3) for forecast in (frost, 1.5 * frost, 3 * frost)]
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    perfect = [numpy.random.default_rng(seed).normal(5, 1, 30) for seed in range(100)]
    unknown = sum(bool(numpy.isnan(HydroErr.sc(series, series))) for series in perfect)
print("HydroErr", version("HydroErr"))
print("acc of perfect forecasts of 6 and 60 days:", correlations)
print("ve of frost forecast right, half too large, three times too large:", efficiencies)
print("perfect forecasts of 100 without a spectral correlation:", unknown)
if correlations != [0.833, 0.983]:
    raise SystemExit("Changed: a perfect forecast correlates by 1.")
if efficiencies != [1, 1.5, 3]:
    raise SystemExit("Changed: the efficiency of a bad forecast is below that of a good one.")
if not 0 < unknown < 100:
    raise SystemExit("Changed: each perfect forecast has a spectral correlation.")
EOF
