#!/usr/bin/env bash
# DataFusion 55.0.0, polars 2.1.0 and pyarrow 26.0.1 answer a negative sum for positive running times.
#
# Expected: a sum of 64-bit integers that does not fit is an error, as pyarrow's add_checked says, or it is computed
# in a wider type, as DuckDB 2.0.1 does with 128 bits.
# Seen: 3,000 machines with 40 days of running time each, kept as nanoseconds, sum to 328 years. DataFusion and
# polars, by SQL and by expressions, and pyarrow give minus 256 years: the sum runs over the end of 64 bits. The mean
# of the same column is right in all of them, since it is computed in floating point or wider.
# Why it matters: durations and counters in nanoseconds or bytes reach 9.2e18 in a table of ordinary size; a sum by
# group that is a feature jumps from large to negative for the largest groups only.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "datafusion==55.0.0" "polars==2.1.0" "duckdb==2.0.1" "pyarrow==26.0.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import datafusion
import duckdb
import polars
import pyarrow
import pyarrow.compute
import pyarrow.parquet

day = 24 * 3600 * 10**9
year = 365.25 * day
rows = pyarrow.table({"running": pyarrow.array([40 * day] * 3000, pyarrow.int64())})
pyarrow.parquet.write_table(rows, "machines.parquet")
context = datafusion.SessionContext()
context.register_parquet("machines", "machines.parquet")
frame = polars.read_parquet("machines.parquet")
query = "select sum(running) as total, avg(running) as middle from machines"

(by_datafusion,) = context.sql(query).to_arrow_table().to_pylist()
(by_polars,) = polars.SQLContext(machines=frame).execute(query).collect().rows(named=True)
(by_duckdb,) = duckdb.sql(query.replace("machines", "'machines.parquet'")).fetchall()
totals = {
    "datafusion": by_datafusion["total"],
    "polars SQL": by_polars["total"],
    "polars": frame["running"].sum(),
    "pyarrow": pyarrow.compute.sum(rows["running"]).as_py(),
    "duckdb": int(by_duckdb[0]),
}
print({name: version(name) for name in ("datafusion", "polars", "duckdb", "pyarrow")})
print("sum in years:", {name: round(total / year, 1) for name, total in totals.items()})
middles = by_datafusion["middle"], by_polars["middle"], by_duckdb[1]
print("mean in days:", [round(float(middle) / day, 3) for middle in middles])
right = 3000 * 40 * day
if totals["duckdb"] != right:
    raise SystemExit("Changed: DuckDB's sum is no longer right.")
for name in ("datafusion", "polars SQL", "polars", "pyarrow"):
    if totals[name] != right - 2**64:
        raise SystemExit(f"Changed: the sum of {name} no longer runs over the end of 64 bits.")
if any(abs(float(middle) - 40 * day) > 1 for middle in middles):
    raise SystemExit("Changed: a mean is no longer right.")
EOF
