#!/usr/bin/env bash
# One leap second in a column of times: five readers, four answers.
#
# Versions: pandas 3.1.1, polars 2.1.0, duckdb 2.0.1, pyarrow 26.0.1.
# Expected: 2016-12-31T23:59:60Z is a real moment in UTC, as GPS receivers and grid loggers write it; readers agree
# to refuse it, to leave it out, or to move it to midnight.
# Seen: pandas, polars and pyarrow.compute.strptime move it to 00:00:00 without a word, which then comes twice;
# duckdb gives NULL in try_cast, and a CSV column that holds one is text; a pyarrow cast raises,
# and its CSV column is text as well; Python's strptime raises.
# Why it matters: as a key of rows the moved second collides with the true midnight and one of two readings counts as a
# repetition; in the other readers one cell changes the type of a whole column.
# Source: IERS Bulletin C 52; RFC 3339 allows second 60.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  "pandas==3.1.1" "numpy==2.4.6" "polars==2.1.0" "duckdb==2.0.1" "pyarrow==26.0.1"

venv/bin/python - <<'EOF'
import datetime
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.compute
import pyarrow.csv

TIMES = ["2016-12-31T23:59:59Z", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"]
LEAP = TIMES[1]
Path("times.csv").write_text("moment\n" + "\n".join(TIMES) + "\n")


def answer(read):
    try:
        return str(read())
    except ValueError as error:
        return type(error).__name__


def on_clock(moment):
    return moment.strftime("%Y-%m-%d %H:%M:%S")


seen = {
    "pandas.to_datetime": answer(lambda: on_clock(pandas.to_datetime(pandas.Series(TIMES))[1])),
    "polars str.to_datetime": answer(lambda: on_clock(polars.Series(TIMES).str.to_datetime()[1])),
    "pyarrow strptime": answer(
        lambda: on_clock(pyarrow.compute.strptime(pyarrow.array([LEAP[:-1]]), "%Y-%m-%dT%H:%M:%S", "us")[0].as_py())
    ),
    "pyarrow cast": answer(lambda: pyarrow.array([LEAP]).cast(pyarrow.timestamp("us", "UTC"))),
    "pyarrow CSV": answer(lambda: pyarrow.csv.read_csv("times.csv").schema.field("moment").type),
    "duckdb try_cast": answer(lambda: duckdb.sql(f"select try_cast('{LEAP[:-1]}' as timestamp)").fetchall()[0][0]),
    "duckdb CSV": answer(lambda: duckdb.sql("select moment from 'times.csv'").types[0]),
    "datetime.strptime": answer(lambda: datetime.datetime.strptime(LEAP, "%Y-%m-%dT%H:%M:%SZ")),
}
print("pandas", pandas.__version__, "polars", polars.__version__, "duckdb", duckdb.__version__,
      "pyarrow", pyarrow.__version__)
for reader, result in seen.items():
    print(f"{reader}: {result}")
if seen != {
    "pandas.to_datetime": "2017-01-01 00:00:00",
    "polars str.to_datetime": "2017-01-01 00:00:00",
    "pyarrow strptime": "2017-01-01 00:00:00",
    "pyarrow cast": "ArrowInvalid",
    "pyarrow CSV": "string",
    "duckdb try_cast": "None",
    "duckdb CSV": "VARCHAR",
    "datetime.strptime": "ValueError",
}:
    raise SystemExit("Changed: the readers no longer give these answers to a leap second.")
EOF
