#!/usr/bin/env bash
# sqlite-utils 4.2.1 stores NaN of a CSV file as the text "nan" in a column of numbers, and SQLite averages it as 0.
#
# Expected: NaN in a file is a missing number, NULL in SQLite, which has no NaN; or the column is text.
# Seen: the types are detected, the column becomes REAL, and its value is the text "NaN" as it was written. avg() of
# 1.5, NaN and 4.5 is 2.0, max() is the text, and "> 100" is true for it. An integer of 20 digits becomes a float in an
# INTEGER column, and the code 00123 the number 123. No warning.
# Why it matters: numpy, Julia and loggers write NaN for a missing reading; averages are pulled to 0, and alarms for
# high values go off, in a table whose schema says that it holds numbers.
# Source: found by running; SQLite documentation, type affinity and the order of storage classes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "sqlite-utils==4.2.1"

cat >readings.csv <<'EOF'
code,flow,counter
00123,1.5,12345678901234567890
00045,NaN,1
00007,4.5,2
EOF
venv/bin/sqlite-utils insert readings.db readings readings.csv --csv >/dev/null
venv/bin/python - <<'EOF'
import sqlite3
from importlib.metadata import version

database = sqlite3.connect("readings.db")
types = {row[1]: row[2] for row in database.execute("pragma table_info(readings)")}
rows = database.execute("select code, flow, counter from readings").fetchall()
average, highest, above = database.execute("select avg(flow), max(flow), sum(flow > 100) from readings").fetchone()
print("sqlite-utils", version("sqlite-utils"), types, rows)
print("average:", average, "highest:", highest, "above 100:", above)
if types != {"code": "INTEGER", "flow": "REAL", "counter": "INTEGER"}:
    raise SystemExit("Changed: other types are detected.")
if rows[1][1] != "NaN" or (average, highest, above) != (2.0, "NaN", 1):
    raise SystemExit("Changed: NaN is no longer a text among numbers.")
if rows[0][0] != 123 or rows[0][2] != 1.2345678901234567e19:
    raise SystemExit("Changed: codes keep their zeros, or long integers their digits.")
EOF
