#!/usr/bin/env bash
# toad 0.1.7 finds no drift at all, a PSI of 0, in a column whose every value is new.
#
# Expected: a value that the base did not have, or that is gone, counts, as a share near 0 or as infinite drift; from
# 0.25 on a population is said to have changed.
# Seen: such values are left out of the sum. "c" alone against "a" and "b" is 0.0, whole numbers that all moved by ten
# are 0.0, and half of the rows with a new value is 0.347, the part of the value that is left. No warning.
# Why it matters: a code that was renamed, a new product, a mapping that broke, a unit that changed: the largest drift
# there is reads as the calmest day.
# Source: found by running; toad.metrics.PSI without a combiner.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "toad==0.1.7" "pandas==2.3.3" "scikit-learn==1.9.1"

venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import pandas
from toad.metrics import PSI

base = ["a"] * 50 + ["b"] * 50
seen = {
    "same": PSI(base, base),
    "all new": PSI(["c"] * 100, base),
    "half new": PSI(["a"] * 50 + ["c"] * 50, ["a"] * 100),
    "moved by ten": PSI(pandas.DataFrame({"x": [11, 12] * 50}), pandas.DataFrame({"x": [1, 2] * 50}))["x"],
}
seen = {name: round(float(drift), 3) for name, drift in seen.items()}
print("toad", version("toad"), seen)
SEEN = {"same": 0.0, "all new": 0.0, "half new": 0.347, "moved by ten": 0.0}
if seen != SEEN:
    raise SystemExit(f"Changed: the drift is no longer {SEEN}.")
PYTHON
