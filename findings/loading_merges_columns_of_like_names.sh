#!/usr/bin/env bash
# dlt 1.31.0 loads "Flow Rate", "FlowRate" and "flow_rate" of one row into one column, and keeps one of the values.
#
# Expected: three fields of a record are three columns, or a clash of names is an error or a warning.
# Seen: names are turned into lower case with underscores, so the three become flow_rate; the last value of the row wins
# and the two others are gone. There is no message, and the schema shows one column. Which value is kept differs row by
# row with the fields that a record has.
# Why it matters: exports of machines and of spreadsheets have such pairs ("FlowRate" set and "Flow Rate" measured). The
# table has the right number of rows, and the column mixes two quantities.
# Source: dlt documentation, naming convention snake_case; collisions are mentioned for tables that exist already.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "dlt[duckdb]==1.31.0" "duckdb==2.0.1"

venv/bin/python - <<'EOF'
import os
from importlib.metadata import version

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "WARNING"

import dlt

rows = [
    {"id": 1, "Flow Rate": 1.5, "flow_rate": 7.5, "FlowRate": 3.5},
    {"id": 2, "FlowRate": 3.6, "Flow Rate": 1.6},
    {"id": 3, "flow_rate": 7.7},
]
pipeline = dlt.pipeline(
    "flows",
    destination=dlt.destinations.duckdb("flows.duckdb"),
    dataset_name="plant",
    pipelines_dir="pipelines",
)
pipeline.run(rows, table_name="readings")
with pipeline.sql_client() as client, client.execute_query("select * from readings order by id") as cursor:
    names = [column[0] for column in cursor.description if not column[0].startswith("_dlt")]
    seen = [row[: len(names)] for row in cursor.fetchall()]
print("dlt", version("dlt"), names, seen)
if names != ["id", "flow_rate"] or seen != [(1, 3.5), (2, 1.6), (3, 7.7)]:
    raise SystemExit("Changed: names that become equal are no longer merged, or another value is kept.")
EOF
