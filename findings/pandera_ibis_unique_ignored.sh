#!/usr/bin/env bash
# pandera 0.35.0: Column(unique=True) is not looked at on ibis tables.
#
# Expected: a column declared unique refuses repeated values on every backend, or the backend says that it cannot tell.
# Seen: pandas and polars refuse the repeated key, an ibis table with the same rows is valid, without a warning. The same
# rule written for the whole schema (unique=["machine"]) works on ibis.
# Why it matters: the key of a row, the usual column to declare unique, may repeat in the table that is validated in the
# database or in DuckDB, and every repeated row is predicted and counted twice.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pandera[polars]==0.35.0" "pandas==3.1.1" "polars==2.1.0" \
  "ibis-framework[duckdb]==12.0.0" "duckdb==2.0.0" "pyarrow==25.0.1"

venv/bin/python - 2>errors.txt <<'PY' || { cat errors.txt >&2; exit 1; }
import sys
import warnings
from importlib.metadata import version

import ibis
import pandas as pd
import pandera.ibis as pandera_ibis
import pandera.pandas as pandera_pandas
import pandera.polars as pandera_polars
import polars as pl
from pandera.errors import SchemaErrors

ROWS = {"machine": [7, 7, 8]}
FRAMES = {
    "pandas": (pandera_pandas, int, pd.DataFrame(ROWS)),
    "polars": (pandera_polars, pl.Int64, pl.DataFrame(ROWS)),
    "ibis": (pandera_ibis, ibis.dtype("int64"), ibis.memtable(pd.DataFrame(ROWS))),
}


def accepts(schema, frame) -> bool:
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            schema.validate(frame, lazy=True)
    except SchemaErrors:
        return False
    print("  warnings:", [str(warning.message) for warning in caught if "unique" in str(warning.message)])
    return True


print("pandera", version("pandera"), "ibis", version("ibis-framework"))
by_column, by_schema = {}, {}
for name, (module, kind, frame) in FRAMES.items():
    by_column[name] = accepts(module.DataFrameSchema({"machine": module.Column(kind, unique=True)}), frame)
    by_schema[name] = accepts(module.DataFrameSchema({"machine": module.Column(kind)}, unique=["machine"]), frame)
print("a repeated key is valid, unique declared for the column:", by_column)
print("a repeated key is valid, unique declared for the schema:", by_schema)
if any(by_schema.values()):
    sys.exit("A schema's unique lets a repeated key through now.")
if by_column != {"pandas": False, "polars": False, "ibis": True}:
    sys.exit("The column's unique behaves in another way now.")
PY
echo "Seen: a repeated key is refused on pandas and polars and valid on ibis."
