#!/usr/bin/env bash
# cgmquantify-updated 0.5.3 says that blood sugar is in range for 100 % of the time, however much of it is outside.
#
# Expected: PIR() is the percent of the time inside the range and POR() that outside, 100 together; MAGE() is the mean
# amplitude of the swings, so that swings of 100 have a larger one than swings of 20.
# Seen: PIR() is 100.0 for every series, beside a POR() of 37 and a TIR() whose minutes are right. MAGE() takes
# the levels of the first rows instead of those at its turning points: both swings have the same one. No warning.
# Why it matters: percent in range is the first figure of a study of diabetes, and these features describe a person to
# a model; the one is a constant, the other tells how the first hours of the sensor were.
# Source: the docstrings of PIR and MAGE; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "cgmquantify-updated==0.5.3" "pandas==3.1.1"

MPLCONFIGDIR="$folder" MPLBACKEND=agg venv/bin/python - <<'EOF'
from importlib.metadata import version

import cgmquantify
import pandas


def person(swing):
    """Return a day of readings every five minutes: a quiet first part, then up and down by the swing."""
    waves = [120 + swing * (6 - abs(step % 12 - 6)) / 6 for step in range(188)]
    levels = [100 + step * 0.2 for step in range(100)] + waves
    times = pandas.date_range("2024-03-01", periods=len(levels), freq="5min")
    return pandas.DataFrame({"Time": times, "Glucose": pandas.Series(levels, dtype=float), "Day": times.date})


print("cgmquantify-updated", version("cgmquantify-updated"), "pandas", pandas.__version__)
seen = {}
for swing in (20, 100):
    day = person(swing)
    minutes = 5 * len(day)
    seen[swing] = cgmquantify.MAGE(day)
    inside = cgmquantify.PIR(day), 100 * cgmquantify.TIR(day) / minutes
    print(f"swings of {swing}: PIR {inside[0]}, TIR of all minutes {inside[1]:.1f} %, POR {cgmquantify.POR(day):.1f},",
          f"MAGE {seen[swing]}")
    if inside[0] != 100.0:
        raise SystemExit("Changed: the percent in range is no longer 100 for everybody.")
    if abs(inside[1] + cgmquantify.POR(day) - 100) > 1e-9 or cgmquantify.POR(day) < 5:
        raise SystemExit("Changed: minutes in range and percent outside no longer make up the day.")
if seen[20] != seen[100]:
    raise SystemExit("Changed: the amplitude now follows the swings.")
EOF
