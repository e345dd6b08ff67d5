#!/usr/bin/env bash
# connectorx 0.4.6: read_sql(partition_on=...) loses the rows whose partition column is NULL, and a pandas frame gets
# others instead.
#
# Expected: reading a query in several parts gives the rows of the query; Spark's reader, from which the parameters
# are known, puts NULL into the first part.
# Seen: of 100 rows, ten of which have no machine, an Arrow table has 90. A pandas frame still has 100 rows, because
# its memory was laid out for the count of the whole query: ten rows that are in no table stand in it (zeros here),
# the ten real ones are gone, and no value is missing any more. Without partition_on all is right. There is no error
# and no warning.
# Why it matters: the parameters are the advertised way to read large tables fast; a training set or a batch to be
# predicted gets invented rows in place of the incomplete ones, and the number of rows is right.
# Source: connectorx documentation, read_sql, partition_on and partition_num.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "connectorx==0.4.6" "pandas==2.3.3" "pyarrow==25.0.1" \
  "numpy==2.4.6"

venv/bin/python - <<'PY'
import sqlite3
import sys
import warnings
from importlib.metadata import version

import connectorx

warnings.simplefilter("error")
with sqlite3.connect("plant.db") as connection:
    connection.execute("create table readings (id integer not null, machine integer)")
    rows = [(number, None if number % 10 == 0 else number) for number in range(100)]
    connection.executemany("insert into readings values (?, ?)", rows)
connection.close()

query, real = "select id, machine from readings", set(range(100))
WAYS = {"whole": {}, "by id": {"partition_on": "id"}, "by machine": {"partition_on": "machine"}}
print("connectorx", version("connectorx"))
seen = {}
for name, way in WAYS.items():
    parts = {**way, "partition_num": 4} if way else {}
    frame = connectorx.read_sql("sqlite://plant.db", query, **parts)
    table = connectorx.read_sql("sqlite://plant.db", query, return_type="arrow", **parts)
    lost = len(real - set(frame["id"]))
    seen[name] = (table.num_rows, len(frame), int(frame["machine"].isna().sum()), lost)
    print(f"{name}: Arrow {table.num_rows} rows; pandas {len(frame)} rows, {seen[name][2]} without a machine,", end=" ")
    print(f"{lost} of the real ids lost")
if seen["whole"] != (100, 100, 10, 0) or seen["by id"] != (100, 100, 10, 0):
    sys.exit("Reading without NULL in the partition column is not right.")
table_rows, frame_rows, missing, lost = seen["by machine"]
if (table_rows, frame_rows) != (90, 100) or missing == 10 or lost < 9:
    sys.exit("Rows without a value in the partition column are treated in another way now.")
PY
echo "Seen: ten rows are lost, and a pandas frame holds ten rows that are in no table instead."
