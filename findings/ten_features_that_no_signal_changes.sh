#!/usr/bin/env bash
# tsfel 0.2.0 computes ten features that no signal changes, and counts 300 samples below a percentile among 128.
#
# Expected: the feature ECDF tells something about the distribution of a signal; ECDF Percentile Count is a number of
# samples, as documented; a missing reading makes a feature missing, as it does for most.
# Seen: ECDF is the first ten steps of the curve, 1/n to 10/n, the same for noise, a sine and a signal that stands
# still, so it tells the length of the window only. The count of a signal that stands still at 300 is 300, the value.
# With one reading missing the zero crossings of a signal that is always positive are 2 instead of 0, the highest
# frequency is 0 Hz, and the Lempel-Ziv complexity is that of a signal that stands still. No warning.
# Why it matters: the features are extracted by the hundred and picked by a model. Windows of another length, and
# sensors that stand still, become groups of their own; those with a gap look slow and calm.
# Source: documentation of tsfel (list of features); found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "tsfel==0.2.0" "numpy==2.4.6" "scipy==1.17.1" \
  "pandas==3.1.1" "scikit-learn==1.9.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy
import tsfel

warnings.simplefilter("error")
SIZE, RATE = 128, 100
still = numpy.full(SIZE, 300.0)
sine = 3 + 2 * numpy.sin(2 * numpy.pi * 12.5 * numpy.arange(SIZE) / RATE)
noise = numpy.random.default_rng(0).normal(5, 1, SIZE)
holed = sine.copy()
holed[10] = numpy.nan

curves = {tuple(float(step) for step in tsfel.ecdf(signal)) for signal in (still, sine, noise)}
counts = [tuple(float(count) for count in tsfel.ecdf_percentile_count(signal)) for signal in (still, noise)]
names = ("zero_cross", "max_frequency", "lempel_ziv")


def features(signal):
    """Return the three features by which a missing reading looks like a number."""
    found = tsfel.zero_cross(signal), tsfel.max_frequency(signal, RATE), tsfel.lempel_ziv(signal)
    return [round(float(value), 3) for value in found]


print("tsfel", version("tsfel"), "ECDF of three signals:", curves)
print("samples below the 20th and 80th percentile, still and noise:", counts)
print(names, "whole:", features(sine), "with a gap:", features(holed), "still:", features(still))
if curves != {tuple(step / SIZE for step in range(1, 11))}:
    raise SystemExit("Changed: the curve depends on the signal.")
if counts[0] != (300, 300) or counts[1] != (25, 102):
    raise SystemExit("Changed: the counts are numbers of samples.")
if features(holed)[:2] != [2, 0] or features(holed)[2] != features(still)[2] or features(sine)[2] < 0.2:
    raise SystemExit("Changed: a missing reading no longer looks like a number.")
if features(sine)[:2] != [0, 12.5]:
    raise SystemExit("Changed: the whole signal has other features.")
EOF
