#!/usr/bin/env bash
# polars-ds 0.13.0 gives a classifier that is always right on 200000 rows a Matthews correlation of 0.14.
#
# Expected: the coefficient does not depend on how many rows there are: 1 where every row is right, on 1000 as on
# 200000, as scikit-learn 1.9.1 says.
# Seen: the counts are multiplied in 32 bits, so the product wraps around from 65536 rows in each class on: 1 for 1000
# rows, 0 for 131072, 0.141 for 200000. No warning.
# Why it matters: tables of events pass this size in a day; a good model is refused and two models are ranked by
# chance, while the same line on a sample is right.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "polars-ds==0.13.0" "scikit-learn==1.9.1" "numpy==2.4.6"

venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numpy
import polars
import polars_ds
from sklearn.metrics import matthews_corrcoef

SEEN = {1000: 1.0, 131072: 0.0, 200000: 0.141}
answers = {}
for rows in SEEN:
    label = numpy.arange(rows) % 2
    table = polars.DataFrame({"label": label, "predicted": label})
    answers[rows] = round(table.select(polars_ds.query_mcc("label", "predicted")).item(), 3)
    if matthews_corrcoef(label, label) != 1.0:
        raise SystemExit("Changed: scikit-learn no longer answers 1.")
print("polars-ds", version("polars-ds"), "polars", polars.__version__, answers)
if answers != SEEN:
    raise SystemExit(f"Changed: the coefficients are no longer {SEEN}.")
PYTHON
