#!/usr/bin/env bash
# antropy 0.2.3: one missing reading of 300, and the sample entropy is 0, that of a perfectly regular series.
#
# Expected: a NaN is refused, as app_entropy and svd_entropy do, or makes the entropy NaN, as in perm_entropy.
# Seen: sample_entropy falls from 0.70 to -0.0, wherever the NaN stands; the Petrosian dimension hardly changes. No
# warning.
# Why it matters: entropies are features for heart rates, bearings and machine tools, where 0 means regular; the
# recording with a gap becomes the healthiest of all, and the table has no missing value that would tell.
# Source: Richman and Moorman (2000), sample entropy; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "antropy==0.2.3" "numpy==2.4.6"

venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

import antropy
import numpy

warnings.simplefilter("error")
walk = numpy.cumsum(numpy.random.default_rng(0).normal(size=300))


def answer(feature, series):
    """Return what a feature says of a series, or the name of the error."""
    try:
        return round(float(getattr(antropy, feature)(series)), 2)
    except ValueError as error:  # LinAlgError is one
        return type(error).__name__


FEATURES = ["sample_entropy", "petrosian_fd", "perm_entropy", "app_entropy", "svd_entropy"]
print("antropy", version("antropy"))
whole = {feature: answer(feature, walk) for feature in FEATURES}
print("whole:", whole)
if whole["sample_entropy"] != 0.7:
    raise SystemExit("Changed: the sample entropy of the whole series is another one.")
for place in (1, 150, 298):
    gap = walk.copy()
    gap[place] = numpy.nan
    seen = {feature: answer(feature, gap) for feature in FEATURES}
    print(f"reading {place} missing:", seen)
    if seen["sample_entropy"] != 0:
        raise SystemExit("Changed: the sample entropy is no longer 0.")
    if abs(seen["petrosian_fd"] - whole["petrosian_fd"]) > 0.01:
        raise SystemExit("Changed: the Petrosian dimension is another one.")
    if seen["perm_entropy"] == seen["perm_entropy"] or not isinstance(seen["app_entropy"], str):
        raise SystemExit("Changed: the other features answer a number.")
PYTHON
