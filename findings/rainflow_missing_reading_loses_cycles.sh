#!/usr/bin/env bash
# rainflow 3.2.0 counts fewer load cycles as soon as one reading is missing, and says nothing.
#
# Expected: a NaN among the loads is refused, as fatpack 0.7.8 does, or left out.
# Seen: with a NaN between two readings that the counting needs, a whole cycle of 11 is gone, or two ranges become
# another one of 13; with a NaN at the start a half cycle of range NaN appears. The loads themselves are all there. No
# warning.
# Why it matters: cycles per range are the feature of fatigue, battery ageing and remaining life, and damage grows with
# the third to tenth power of the range; a sensor with gaps makes a component look younger.
# Source: ASTM E1049-85, 5.4.4; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "rainflow==3.2.0" "fatpack==0.7.8" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import math
import warnings
from importlib.metadata import version

import fatpack
import numpy
import rainflow

LOADS = [0, 10, -5, 8, -3, 12, -10, 0]
NAN = math.nan


def counted(loads):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return [(float(size), count) for size, count in rainflow.count_cycles(loads)]


whole = counted(LOADS)
lost = counted([*LOADS[:4], NAN, *LOADS[4:]])
merged = counted([*LOADS[:3], NAN, *LOADS[3:]])
start = counted([NAN, *LOADS])
try:
    fatpack.find_rainflow_ranges(numpy.array([*LOADS[:4], NAN, *LOADS[4:]], float))
    peer = "counted"
except IndexError:
    peer = "IndexError"
print("rainflow", version("rainflow"), "range and count:", whole)
print("NaN after 8:", lost, "NaN after -5:", merged, "NaN first:", start, "fatpack:", peer)
if whole != [(10, 1.0), (11, 1.0), (15, 0.5), (17, 0.5), (22, 0.5)] or peer != "IndexError":
    raise SystemExit("Changed: the loads without NaN are counted otherwise, or fatpack counts with NaN.")
if lost != [(10, 1.0), (15, 0.5), (17, 0.5), (22, 0.5)]:
    raise SystemExit("Changed: a NaN after 8 no longer loses the cycle of 11.")
if merged != [(10, 1.0), (13, 0.5), (15, 0.5), (22, 0.5)]:
    raise SystemExit("Changed: a NaN after -5 no longer makes a range of 13.")
if not any(math.isnan(size) for size, _ in start):
    raise SystemExit("Changed: a NaN at the start is no longer counted as a range.")
EOF
