#!/usr/bin/env bash
# spyndex 0.12.0 computes a vegetation index of 15.9 for bare soil, from satellite bands as they are delivered.
#
# Expected: NDVI, (N - R) / (N + R), lies between -1 and 1: for N = 1000 and R = 3000 it is -0.5.
# Seen: 15.884, when the bands are whole numbers without sign of 16 bits, as Sentinel-2 and Landsat deliver them: the
# difference wraps to 63536. With N above R, or with decimal numbers, it is right, so green fields look as they
# should. No warning.
# Why it matters: yields, drought and fire risk are predicted from such indices; water, snow, roads and bare soil, where
# N is below R, get values far above the densest forest.
# Source: found by running; the type is that of the product's files (uint16).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "spyndex==0.12.0" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy
import spyndex


def index(near_infrared, red):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return [round(float(value), 3) for value in spyndex.computeIndex("NDVI", {"N": near_infrared, "R": red})]


near_infrared, red = numpy.array([1000, 3000], "uint16"), numpy.array([3000, 1000], "uint16")
whole, decimal = index(near_infrared, red), index(near_infrared.astype(float), red.astype(float))
print("spyndex", version("spyndex"), "bare soil and meadow, whole numbers:", whole, "decimal numbers:", decimal)
if decimal != [-0.5, 0.5]:
    raise SystemExit("Changed: the index of decimal numbers is no longer right.")
if whole != [15.884, 0.5]:
    raise SystemExit("Changed: the index of bare soil is no longer 15.884.")
EOF
