#!/usr/bin/env bash
# toad 0.1.7 counts nothing for the missing values of a column, though all customers without a value defaulted.
#
# Expected: missing values are a group of their own in the information value, as they are with -1 in their place.
# Seen: the group NaN is there with an information of exactly 0; the column has 3.4 instead of 8.0. No warning.
# Why it matters: columns are chosen by their information value; that a field was left empty is often the best sign
# of all, and the column that has it is ranked behind others or dropped.
# Source: found by running; toad.IV of a column of few values.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "toad==0.1.7" "pandas==2.3.3" "scikit-learn==1.9.1"

venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

import numpy
import toad

row = numpy.arange(200)
defaulted = (row % 2 == 0).astype(int)
income = numpy.where(row % 2 == 0, numpy.nan, 1.0 + row % 3)
total, groups = toad.IV(income, defaulted, return_sub=True)
marked = toad.IV(numpy.where(numpy.isnan(income), -1, income), defaulted)
missing = float(groups[numpy.isnan(groups.index.to_numpy(dtype=float))].iloc[0])
print("toad", version("toad"), "information:", round(total, 2), "of it missing:", missing, "with -1:", round(marked, 2))
if missing != 0.0 or round(total, 2) != 3.4:
    raise SystemExit("Changed: missing values have information now.")
if round(marked, 2) != 7.96:
    raise SystemExit("Changed: another value in their place is counted otherwise.")
PYTHON
