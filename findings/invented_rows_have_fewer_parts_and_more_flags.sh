#!/usr/bin/env bash
# imbalanced-learn 0.14.2: 46 % of the rare rows have a flag, 64 % of those that SMOTE invents, and fewer parts.
#
# Expected: a row between two rows has values between theirs, so columns keep their mean; whole numbers are rounded, and
# a yes/no column keeps its share of yes, or is refused.
# Seen: the values between are computed with decimals and then cast to the type of the column. Whole numbers are cut, so
# counts with a mean of 1.40 become 1.16; of a yes/no column all that is not 0 is yes, so 46 % become 64 %.
# The same columns as floats keep both. No warning.
# Why it matters: the rare class is then half invented, and the invented half differs from the real one: a model learns
# that few parts and a set flag mean a fault.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "imbalanced-learn==0.14.2" "scikit-learn==1.9.1" \
  "pandas==3.1.1" "numpy==2.4.6" "scipy==1.17.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy
import pandas
from imblearn.over_sampling import SMOTE

warnings.simplefilter("error")
COMMON, RARE = 2000, 100
random = numpy.random.default_rng(0)
parts, flag = random.integers(0, 4, COMMON + RARE), random.integers(0, 2, COMMON + RARE).astype(bool)
table = pandas.DataFrame(random.normal(size=(COMMON + RARE, 8)), columns=list("abcdefgh"))
table = table.assign(parts=parts, flag=flag)
fault = numpy.repeat([0, 1], [COMMON, RARE])


def means(rows):
    """Return the mean number of parts and the share of set flags."""
    return [round(float(rows[column].mean()), 2) for column in ("parts", "flag")]


def invented(rows):
    """Return the rows that are added to the rare class."""
    return SMOTE(random_state=0).fit_resample(rows, fault)[0].iloc[COMMON + RARE :]


real, cast, floats = means(table.iloc[COMMON:]), means(invented(table)), means(invented(table.astype(float)))
print("imbalanced-learn", version("imbalanced-learn"), "parts and flags, real:", real)
print("invented:", cast, "invented as floats:", floats)
if abs(floats[0] - real[0]) > 0.1 or abs(floats[1] - real[1]) > 0.1:
    raise SystemExit("Changed: floats do not keep their means.")
if real[0] - cast[0] < 0.15 or cast[1] - real[1] < 0.1:
    raise SystemExit("Changed: whole numbers are rounded, or flags keep their share.")
EOF
