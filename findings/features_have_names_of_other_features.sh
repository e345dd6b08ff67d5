#!/usr/bin/env bash
# polars-ds 0.13.0 says that 1, 1, 2, 2 have 0 unique values, and that the middle of the range 100 to 110 is 5.
#
# Expected: query_count_uniques "returns the count of unique values", 2; the mid-range of a series is the mean of its
# lowest and highest value, 105.
# Seen: counted are the values that occur once and no more: 0 for 1, 1, 2, 2, and 1 for 1, 1, 2. The mid-range is half
# of the range, and so says nothing of where the series lies.
# Why it matters: both are features of a series for a model; a sensor that repeats its values has "no unique value" like
# one that is silent, and the level of a series is lost.
# Source: found by running; n_unique of polars counts each value once.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "polars-ds==0.13.0"

venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import polars
import polars_ds


def features(values):
    table = polars.DataFrame({"x": values})
    return table.select(
        uniques=polars_ds.query_count_uniques("x"),
        middle=polars_ds.query_mid_range("x"),
        known=polars.col("x").n_unique(),
    ).row(0)


answers = [features(values) for values in ([1, 1, 2, 2], [1, 1, 2], [100.0, 110.0])]
print("polars-ds", version("polars-ds"), "polars", polars.__version__, "uniques, mid-range, n_unique:", answers)
if answers != [(0, 0.5, 2), (1, 0.5, 2), (2, 5.0, 2)]:
    raise SystemExit("Changed: the features are other numbers.")
PYTHON
