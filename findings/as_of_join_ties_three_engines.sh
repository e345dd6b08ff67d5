#!/usr/bin/env bash
# pandas 3.1.1, polars 2.1.0 and DuckDB 2.0.0: an as-of join takes other rows where times are equal or keys are
# missing.
#
# Expected: the join that looks up "the latest value known at this time" has one answer: of two rows with the same
# time the one that was stored last.
# Seen: merge_asof and join_asof take the last of two rows of equal time, DuckDB's ASOF JOIN the first. A row without
# a key matches readings without a key in pandas and nothing in polars and DuckDB. With direction "nearest" and equal
# distance pandas takes the earlier reading, polars the later one, that is, one from the future.
# Why it matters: corrections are often stored with the time of the reading they correct, so features for training and
# for serving differ by engine; a check of one engine against another reports differences that are no faults, or hides
# some.
# Source: documentation of pandas.merge_asof, polars DataFrame.join_asof and DuckDB ASOF joins (ties are not
# mentioned).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pandas==3.1.1" "polars==2.1.0" "duckdb==2.0.0" \
  "pyarrow==25.0.1" "numpy==2.4.6"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import duckdb
import pandas as pd
import polars as pl

moments = ["2026-01-01 09:00", "2026-01-01 10:00", "2026-01-01 10:00", "2026-01-01 09:00"]
readings = pd.DataFrame({"plant": ["a", "a", "a", None], "at": pd.to_datetime(moments), "value": [1.0, 2.0, 3.0, 5.0]})
asked = pd.DataFrame({"plant": ["a", None], "at": pd.to_datetime(["2026-01-01 12:00"] * 2)})


def cell(value) -> float | None:
    return None if value is None or value != value else float(value)


ordered = readings.sort_values("at", kind="stable")
by_pandas = pd.merge_asof(asked, ordered, on="at", by="plant")["value"].tolist()
by_polars = pl.from_pandas(asked).join_asof(pl.from_pandas(ordered), on="at", by="plant")["value"].to_list()
sql = """
    select a.plant, r.value from asked a asof left join readings r on a.plant = r.plant and a.at >= r.at
    order by a.plant nulls last
"""
by_duckdb = [value for _, value in duckdb.sql(sql).fetchall()]
seen = {
    "pandas": [cell(value) for value in by_pandas],
    "polars": [cell(value) for value in by_polars],
    "duckdb": [cell(value) for value in by_duckdb],
}
for name, values in seen.items():
    print(name, version(name), "equal times:", values[0], "missing key:", values[1])
middle, around = pl.DataFrame({"at": [10]}), pl.DataFrame({"at": [8, 12], "value": [8, 12]})
nearest = (
    pd.merge_asof(middle.to_pandas(), around.to_pandas(), on="at", direction="nearest")["value"].item(),
    middle.join_asof(around, on="at", strategy="nearest")["value"].item(),
)
print("nearest of 8 and 12 to 10: pandas", nearest[0], "polars", nearest[1])
if seen != {"pandas": [3.0, 5.0], "polars": [3.0, None], "duckdb": [2.0, None]}:
    sys.exit("Equal times or missing keys are joined in another way now.")
if nearest != (8, 12):
    sys.exit("The nearest of two equally distant rows is another one now.")
PY
echo "Seen: no two of the three engines agree on equal times and missing keys, and nearest differs too."
