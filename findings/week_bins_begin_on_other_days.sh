#!/usr/bin/env bash
# DataFusion 55.0.0, DuckDB 2.0.1, polars 2.1.0 and pandas 3.1.1 begin the weeks of one series on four different days.
#
# Expected: bins of seven days are the same weeks wherever they are computed, or begin on Monday as those of ISO 8601.
# Seen: of hours from Wednesday, 7 January 2026, date_bin('7 days') of DataFusion and truncate("7d") of polars put the
# first into a week from Thursday (1 January 1970 was one), time_bucket('7 days') of DuckDB into one from Monday,
# resample("7D") of pandas into one from the day of the first row, and resample("W") into one named after its Sunday.
# date_trunc('week') of DataFusion and DuckDB, and truncate("1w") of polars, begin on Monday.
# Why it matters: weekly sums of a dashboard, a feature and a report do not agree, by a few days of load each; with
# pandas the weeks move with the first row of a file.
# Source: found by running; DataFusion documents its origin.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  "datafusion==55.0.0" "duckdb==2.0.1" "polars==2.1.0" "pandas==3.1.1" "pyarrow==26.0.1"

venv/bin/python - <<'EOF'
from datetime import datetime, timedelta

import datafusion
import duckdb
import pandas
import polars
import pyarrow

START = datetime(2026, 1, 7, 12)
times = [START + timedelta(hours=hour) for hour in range(24 * 10)]
table = pyarrow.table({"t": times, "load": [1.0] * len(times)})
frame = table.to_pandas().set_index("t")
context = datafusion.SessionContext()
context.register_record_batches("loads", [table.to_batches()])


def of_datafusion(expression):
    """Return the first value of this expression in DataFusion."""
    return context.sql(f"select min({expression}) as week from loads").to_pydict()["week"][0]


def of_duckdb(expression):
    """Return the first value of this expression in DuckDB."""
    return duckdb.sql(f'select min({expression}) from "table"').fetchall()[0][0]


weeks = {
    "DataFusion date_bin": of_datafusion("date_bin(interval '7 days', t)"),
    "DuckDB time_bucket": of_duckdb("time_bucket(interval '7 days', t)"),
    "polars 7d": polars.from_arrow(table)["t"].dt.truncate("7d").min(),
    "polars 1w": polars.from_arrow(table)["t"].dt.truncate("1w").min(),
    "pandas 7D": frame.resample("7D").sum().index[0],
    "pandas W": frame.resample("W").sum().index[0],
    "DataFusion date_trunc": of_datafusion("date_trunc('week', t)"),
    "DuckDB date_trunc": of_duckdb("date_trunc('week', t)"),
}
seen = {name: f"{week:%a %d}" for name, week in weeks.items()}
print(seen)
expected = ["Thu 01", "Mon 05", "Thu 01", "Mon 05", "Wed 07", "Sun 11", "Mon 05", "Mon 05"]
if list(seen.values()) != expected:
    raise SystemExit(f"Changed: the weeks began on {expected}.")
EOF
