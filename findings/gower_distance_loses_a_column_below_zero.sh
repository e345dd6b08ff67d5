#!/usr/bin/env bash
# gower 0.1.2 leaves out a column whose largest value is 0, and shrinks the distances of times to a fifth.
#
# Expected: Gower's distance divides each difference by the range of its column: rows at -30 and at 0 degrees are 1
# apart.
# Seen: where the largest value is 0, all distances of the column are 0, so that the row at -10 degrees is the nearest
# of one at -29 and one at -30 is not. With 1 as the largest value they are right. Three times ten seconds apart
# (1.8e9 seconds since 1970) are 0.09 and 0.19 apart instead of 0.5 and 1: the range is rounded to 32 bits. No warning.
# Why it matters: nearest neighbours, anomalies and matched samples of mixed columns use this distance; frost, losses
# and depths have a largest value of just 0, and the column that decides does not count at all.
# Source: found by running; three rows.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "gower==0.1.2" "numpy==1.26.4" "pandas==2.3.3"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import gower
import pandas


def distances(values):
    """Return the distances of the rows to the first one."""
    return [round(float(part), 2) for part in gower.gower_matrix(pandas.DataFrame({"t": values}))[0]]


frost, thaw = distances([-30.0, -10.0, 0.0]), distances([-30.0, -10.0, 1.0])
times = distances([1793275200.0, 1793275210.0, 1793275220.0])
small = distances([0.0, 10.0, 20.0])
stored = pandas.DataFrame({"t": [-30.0, -10.0, 0.0], "p": [1.1, 1.0, 2.0]})
nearest = gower.gower_topn(pandas.DataFrame({"t": [-29.0], "p": [1.0]}), stored, n=1)["index"].tolist()
print("gower", version("gower"), "to -30 degrees:", frost, "with 1 degree as the largest:", thaw)
print("seconds of a day in 2026:", times, "counted from its start:", small)
print("nearest of the row at -29 degrees: the row at", stored["t"][nearest[0]])
if thaw != [0.0, 0.65, 1.0] or small != [0.0, 0.5, 1.0]:
    raise SystemExit("Changed: the distances of other columns are no longer right.")
if frost != [0.0, 0.0, 0.0] or nearest != [1]:
    raise SystemExit("Changed: a column whose largest value is 0 counts now.")
if times != [0.0, 0.09, 0.19]:
    raise SystemExit("Changed: the distances of times are no longer a fifth of what they should be.")
EOF
