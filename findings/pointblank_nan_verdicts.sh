#!/usr/bin/env bash
# pointblank 1.1.1: the same rules over the same NaN count other failures for pandas, polars and Arrow tables.
#
# Expected: a validation library that takes any kind of table gives one verdict for one table.
# Seen, for the values 1, NaN, 12 and NaN: col_vals_not_null fails 2 rows on pandas and none on polars and Arrow;
# col_vals_outside(5, 10) fails NaN on pandas and Arrow and passes it on polars; with na_pass=True a NaN passes
# col_vals_between(0, 10) on pandas only; rows_complete follows not_null.
# Why it matters: thresholds such as "at most 1 percent missing" hold or break with the engine; moving from pandas to polars
# makes a table with missing measurements look complete. Remedy: turn NaN into null before validating (fill_nan(None)).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pointblank==1.1.1" "pandas==3.1.1" "polars==2.1.0" "pyarrow==25.0.1"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import pandas as pd
import pointblank
import polars as pl

VALUES = {"pressure": [1.0, float("nan"), 12.0, float("nan")]}
TABLES = {"pandas": pd.DataFrame(VALUES), "polars": pl.DataFrame(VALUES), "arrow": pl.DataFrame(VALUES).to_arrow()}
RULES = {
    "not_null": lambda plan: plan.col_vals_not_null("pressure"),
    "outside(5, 10)": lambda plan: plan.col_vals_outside("pressure", 5, 10),
    "between(0, 10, na_pass)": lambda plan: plan.col_vals_between("pressure", 0, 10, na_pass=True),
    "rows_complete": lambda plan: plan.rows_complete(),
}
print("pointblank", version("pointblank"), "pandas", version("pandas"), "polars", version("polars"))
failed = {}
for rule, add in RULES.items():
    failed[rule] = {
        engine: add(pointblank.Validate(table)).interrogate().n_failed(scalar=True, i=1) for engine, table in TABLES.items()
    }
    print(rule, "fails", failed[rule])
wanted = {
    "not_null": {"pandas": 2, "polars": 0, "arrow": 0},
    "outside(5, 10)": {"pandas": 2, "polars": 0, "arrow": 2},
    "between(0, 10, na_pass)": {"pandas": 1, "polars": 3, "arrow": 3},
    "rows_complete": {"pandas": 2, "polars": 0, "arrow": 0},
}
if failed != wanted:
    sys.exit("The verdicts changed.")
PY
echo "Seen: no rule about NaN has the same verdict on the three engines."
