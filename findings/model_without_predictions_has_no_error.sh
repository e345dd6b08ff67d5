#!/usr/bin/env bash
# polars-ds 0.13.0 gives a model that predicts nothing a mean absolute error of 0, the best there is.
#
# Expected: rows without a prediction (null) are an error, give null, or are left out of the sum and of the count.
# Seen: they are left out of the sum alone; the count is that of the known values. Ten predictions that are each off by
# 10 have an error of 10; with nine of them missing it is 1, with all of them missing 0. The same holds for the
# squared error (L2) and SMAPE.
# Why it matters: the models with holes in their predictions (lags not filled, a key that finds no partner, a series
# too short) win the comparison, by as much as they leave out.
# Source: found by running; its text says that nulls are not counted.
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

METRICS = {
    "L1": polars_ds.query_l1,
    "L2": polars_ds.query_l2,
    "SMAPE": polars_ds.query_smape,
}


def errors(missing):
    table = polars.DataFrame(
        {"load": [100.0] * 10, "predicted": [None] * missing + [110.0] * (10 - missing)},
        schema={"load": polars.Float64, "predicted": polars.Float64},
    )
    return {name: round(table.select(metric("load", "predicted")).item(), 4) for name, metric in METRICS.items()}


SEEN = {
    0: {"L1": 10.0, "L2": 100.0, "SMAPE": 0.0476},
    9: {"L1": 1.0, "L2": 10.0, "SMAPE": 0.0048},
    10: {"L1": 0.0, "L2": 0.0, "SMAPE": 0.0},
}
answers = {missing: errors(missing) for missing in SEEN}
print("polars-ds", version("polars-ds"), "polars", polars.__version__, answers)
if answers != SEEN:
    raise SystemExit(f"Changed: the errors are no longer {SEEN}.")
PYTHON
