#!/usr/bin/env bash
# numcodecs 0.16.6, which stores arrays for zarr, turns missing and large values of scaled weather data into others.
#
# Expected: FixedScaleOffset, which keeps 21.37 degrees as the whole number 2137, refuses values that do not fit into
# the whole number, or stores them as missing; missing ones have no whole number.
# Seen: of 16-bit numbers with two decimals NaN comes back as 0.0, 400 as -255.36 and -400 as 255.36; values that fit
# are right. numpy warns of the NaN at the most, and says nothing of the others.
# Why it matters: the codec is what a float field is packed with to save space; a gap becomes 0 degrees or no rain, and
# an unusual value the opposite of itself, in the archive, where nothing tells them apart any more.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "numcodecs==0.16.6" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import warnings

import numcodecs
import numpy

codec = numcodecs.FixedScaleOffset(offset=0, scale=100, dtype="f8", astype="i2")
values = numpy.array([21.37, -5.0, numpy.nan, 400.0, -400.0])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    stored = codec.encode(values)
read = codec.decode(stored).tolist()
print("numcodecs", numcodecs.__version__, dict(zip(values.tolist(), read, strict=True)))
print("warnings:", sorted({str(warning.message) for warning in caught}))
if read[:2] != [21.37, -5.0]:
    raise SystemExit("Changed: values that fit are no longer kept.")
if read[2] != 0.0:
    raise SystemExit("Changed: a missing value is no longer read as 0.")
if read[3:] != [-255.36, 255.36]:
    raise SystemExit("Changed: values that do not fit no longer come back as others.")
EOF
