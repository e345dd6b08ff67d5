#!/usr/bin/env bash
# statsforecast 2.1.1: a shop that sells on Wednesdays only sells twice as much once its closed Sundays are missing.
#
# Expected: Croston's method divides the mean size of a demand by the mean time between two demands; a day without a
# value is no demand. It is skipped, or the series is refused, or the forecast is NaN, as ADIDA and IMAPA give it.
# Seen: NaN counts as a day with a demand, whose size is left out of the mean: ten pieces each Wednesday are 1.43 a day
# with zeros on Sundays, and 2.84 with NaN on Sundays, in three variants of Croston; TSB gives 2.5 times as much.
# No warning.
# Why it matters: spare parts and slow goods are forecast by these models, over thousands of series, where missing days
# are common; twice the stock is ordered for just those articles whose record has holes.
# Source: J. D. Croston, Forecasting and stock control for intermittent demands, 1972; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "statsforecast==2.1.1" "numpy==2.4.6" "pandas==2.3.3"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy
from statsforecast.models import ADIDA, IMAPA, TSB, CrostonClassic, CrostonOptimized, CrostonSBA

warnings.simplefilter("error", UserWarning)
MODELS = {
    CrostonClassic(): (1.43, 2.84),
    CrostonOptimized(): (1.43, 2.84),
    CrostonSBA(): (1.36, 2.69),
    TSB(alpha_d=0.1, alpha_p=0.1): (1.26, 3.17),
    ADIDA(): (1.43, numpy.nan),
    IMAPA(): (1.37, numpy.nan),
}


def weeks(sunday):
    """Return a year of days from Monday to Sunday with ten pieces each Wednesday."""
    return numpy.array([0, 0, 10, 0, 0, 0, sunday] * 52, dtype=float)


print("statsforecast", version("statsforecast"))
for model, wanted in MODELS.items():
    zero, missing = (round(float(model.forecast(y=weeks(day), h=1)["mean"][0]), 2) for day in (0.0, numpy.nan))
    print(f"{model}: {zero} a day with zeros on Sundays, {missing} with nothing")
    if not numpy.array_equal((zero, missing), wanted, equal_nan=True):
        raise SystemExit(f"Changed: {model} forecasts otherwise, it was {wanted[0]} and {wanted[1]}.")
EOF
