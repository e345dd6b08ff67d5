#!/usr/bin/env bash
# croston 0.1.2.4 forecasts 1.2 a day where 3 pieces go every third day, and its bias-corrected methods answer the same.
#
# Expected: Croston's method divides the size of a demand by the time between two: 3 pieces every 3 days are 1 a day.
# SBA (Syntetos and Boylan) and SBJ make the forecast lower by a factor, which is what they are for.
# Seen: the first interval is counted one too short when the series begins with days of nothing, and the fit then keeps
# the mean of the intervals: 1.2 after 6 days, 1.09 after 12, 1.02 after 48. The same demand is 1.0 if the series begins
# on a day with demand. A smoothing of 0 was found best, so "sba" and "sbj" are "original". No error or warning.
# Why it matters: the methods are for spare parts with few demands, where each history is short; stock is a tenth too
# high or not, by the day on which the export began, and a comparison of the three methods compares one.
# Source: forecast for R, croston_model, on the factors of sba and sbj; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "croston==0.1.2.4" "numpy==2.4.6" "pandas==2.3.3" "scipy==1.17.1"

venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

import numpy
from croston import croston

warnings.simplefilter("ignore")


def forecast(days, method):
    """Return the forecast for the next day, to four digits."""
    answer = croston.fit_croston(numpy.array(days, dtype=float), 1, method)
    return round(float(numpy.asarray(answer["croston_forecast"])[0]), 4)


print("croston", version("croston"))
expected = {2: 1.2, 4: 1.0909, 16: 1.0213}
for times, wrong in expected.items():
    before = [forecast([0, 0, 3] * times, method) for method in ("original", "sba", "sbj")]
    after = forecast([3, 0, 0] * times, "original")
    print(f"{3 * times} days: original, sba, sbj {before}; beginning with a demand {after}")
    if before != [wrong] * 3:
        raise SystemExit("Changed: the forecasts, or the corrections, are others.")
    if after != 1:
        raise SystemExit("Changed: a series that begins with a demand is forecast otherwise.")
PYTHON
