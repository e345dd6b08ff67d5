#!/usr/bin/env bash
# feature-engine 1.9.4: CyclicalFeatures makes hour 23 and hour 0 the same point, Sunday and Monday, too.
#
# Expected: sine and cosine of an hour go round in 24 hours, so that 23 and 0 are neighbours and not the same.
# Seen: the period is the largest value of the training data (23 for hours from 0, 6 for days from 0): 0 and 23 both
# become sine 0, cosine 1. Months from 1 to 12 are right, since they begin with 1; a training set that ends in October
# has years of ten months. max_values={"hour": 24} is right. No warning.
# Why it matters: pandas and clocks count hours and weekdays from 0; a model cannot tell the last hour of the day from
# the first, and the same hour is another point after each training on other data.
# Source: found by running; the documentation of the class says that the largest value is taken.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "feature_engine==1.9.4"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import pandas
from feature_engine.creation import CyclicalFeatures

times = pandas.date_range("2026-01-05", periods=24 * 7, freq="h")
frame = pandas.DataFrame({"hour": times.hour, "day": times.day_of_week})


def same(points, name, first, second):
    """Tell whether these two values of the column become one point."""
    columns = [f"{name}_sin", f"{name}_cos"]
    one, other = (points.loc[frame[name] == value, columns].iloc[0] for value in (first, second))
    return bool(((one - other).abs() < 1e-9).all())


learnt = CyclicalFeatures(drop_original=True)
points = learnt.fit_transform(frame)
told = CyclicalFeatures(max_values={"hour": 24, "day": 7}, drop_original=True).fit_transform(frame)
print("feature-engine", version("feature_engine"), "periods:", learnt.max_values_)
print("23 and 0:", same(points, "hour", 23, 0), "6 and 0:", same(points, "day", 6, 0))
print("with periods that are told:", same(told, "hour", 23, 0), same(told, "day", 6, 0))
if not (same(points, "hour", 23, 0) and same(points, "day", 6, 0)) or same(points, "hour", 22, 0):
    raise SystemExit("Changed: the last value is no longer the same point as the first.")
if same(told, "hour", 23, 0) or same(told, "day", 6, 0):
    raise SystemExit("Changed: periods that are told are no longer kept.")
EOF
