#!/usr/bin/env bash
# aniso8601 10.0.1 puts the end of a day, 24:00, at its start, a whole day too early.
#
# Expected: 2026-01-01T24:00:00 is the midnight at the end of 1 January, the same moment as 2026-01-02T00:00:00; that is
# how meters and grid operators write the last value of a day. A parser that does not know it refuses it.
# Seen: parse_datetime gives 2026-01-01 00:00, equal to the value of 2026-01-01T00:00:00. isodate 0.7.2, pandas 3.1.1,
# polars 2.1.0 and DuckDB 2.0.1 refuse the text. aniso8601 is the parser of Flask-RESTful and Flask-RESTX, and so of
# the services that take such readings.
# Why it matters: the last reading of each day lands on the first one's stamp: a day has two values at its start and
# none at its end, and a daily counter falls instead of rising.
# Source: ISO 8601:2004, 4.2.3, "Midnight".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "aniso8601==10.0.1" "isodate==0.7.2" "pandas==3.1.1" "polars==2.1.0" "duckdb==2.0.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import aniso8601
import duckdb
import isodate
import pandas as pd
import polars as pl

text = "2026-01-01T24:00:00"
readers = {
    "aniso8601": lambda: aniso8601.parse_datetime(text),
    "isodate": lambda: isodate.parse_datetime(text),
    "pandas": lambda: pd.Timestamp(text).to_pydatetime(),
    "polars": lambda: pl.Series([text]).str.to_datetime()[0],
    "duckdb": lambda: duckdb.sql(f"select timestamp '{text}'").fetchone()[0],
}
seen = {}
for name, read in readers.items():
    try:
        seen[name] = str(read())
    except Exception:  # each library has its own
        seen[name] = "refused"
    print(name, version(name), seen[name])
if seen["aniso8601"] != "2026-01-01 00:00:00":
    raise SystemExit("Changed: the end of a day is no longer its start.")
if aniso8601.parse_datetime(text) != aniso8601.parse_datetime("2026-01-01T00:00:00"):
    raise SystemExit("Changed: start and end of a day are told apart now.")
if [seen[name] for name in ("isodate", "pandas", "polars", "duckdb")] != ["refused"] * 4:
    raise SystemExit("Changed: the other readers answer otherwise.")
EOF
