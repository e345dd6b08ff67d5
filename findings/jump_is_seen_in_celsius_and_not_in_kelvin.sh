#!/usr/bin/env bash
# changefinder 0.3 sees a jump by eight degrees in a series in degrees Celsius, and not in the same series in kelvin.
#
# Expected: whether a series has changed does not depend on the zero of its unit; three hundred quiet readings are
# enough to know what is usual.
# Seen: at the jump the score of 20 degrees Celsius with noise is seven times that of a hundred readings before; that of
# 293 kelvin is not above it, nor that of an air pressure in pascal. The model begins with a mean of 0 and
# forgets slowly (r=0.02), so the way from 0 to 293 counts as the usual spread for a long time. From the first missing
# reading on each score is NaN.
# Why it matters: pressures, kelvin, counters and grid frequencies lie far from 0; the detector is then blind for hours
# and days after each start, and says nothing of it.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "changefinder==0.3" "numpy==2.4.6" "scipy==1.17.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import changefinder
import numpy

CALM, ALL = 300, 400
random = numpy.random.default_rng(0)
noise = random.normal(0, 1, ALL)
noise[CALM:] += 8


def scores(series):
    """Return the score of each reading."""
    finder = changefinder.ChangeFinder(r=0.02, order=1, smooth=5)
    return numpy.array([finder.update(value) for value in series], dtype=float)


def contrast(series):
    """Return how high the score is at the jump, compared with the hundred readings before."""
    found = scores(series)
    return round(float(found[CALM : CALM + 12].max() / found[CALM - 100 : CALM - 2].max()), 1)


UNITS = {"degrees Celsius": (20, 1), "kelvin": (293.15, 1), "pascal": (101325, 50)}
seen = {name: contrast(start + scale * noise) for name, (start, scale) in UNITS.items()}
holed = noise.copy()
holed[50] = numpy.nan
unknown = int(numpy.isnan(scores(holed)[50:]).sum())
print("changefinder", version("changefinder"), "score at the jump by that before:", seen)
print(f"one missing reading: {unknown} of {ALL - 50} scores from there on are NaN")
if seen["degrees Celsius"] < 3 or max(seen["kelvin"], seen["pascal"]) > 1.2:
    raise SystemExit("Changed: a jump is seen whatever the zero of the unit is.")
if unknown != ALL - 50:
    raise SystemExit("Changed: the detector gets over a missing reading.")
EOF
