#!/usr/bin/env bash
# scikit-posthocs 0.17.1 takes all readings for outliers as soon as one is missing, or none of them, by another test.
#
# Expected: outliers_iqr returns the readings 1, 2, 3 and 4 of 1, 2, 3, 4, 100 and a missing one, with or without the
# missing one, or refuses it, as the module's t test does.
# Seen: it returns an empty array: the quartiles are NaN, and nothing lies between them. outliers_grubbs, asked for the
# same, keeps the 100. Without the missing reading both drop the 100 only. No warning.
# Why it matters: columns are cleaned one by one before training; one gap in a year of readings empties its column or
# lets the fault of the sensor in, by the name of the function.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "scikit-posthocs==0.17.1" "numpy==2.4.6" "pandas==3.1.1" \
  "scipy==1.17.1" "statsmodels==0.15.0"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy
import scikit_posthocs

warnings.simplefilter("error", RuntimeWarning)
whole = numpy.array([1.0, 2, 3, 4, 100])
holed = numpy.append(whole, numpy.nan)
kept = {
    test.__name__: [test(readings).tolist() for readings in (whole, holed)]
    for test in (scikit_posthocs.outliers_iqr, scikit_posthocs.outliers_grubbs)
}
print("scikit-posthocs", version("scikit-posthocs"))
for test, (without, among) in kept.items():
    print(f"{test}: kept {without}, with a missing reading {among}")
if [without for without, _ in kept.values()] != [[1, 2, 3, 4]] * 2:
    raise SystemExit("Changed: the 100 is no outlier.")
if kept["outliers_iqr"][1] != [] or kept["outliers_grubbs"][1][:5] != whole.tolist():
    raise SystemExit("Changed: a missing reading no longer empties a column, or no longer hides the 100.")
EOF
