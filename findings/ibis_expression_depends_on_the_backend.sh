#!/usr/bin/env bash
# ibis 12.0.0 answers the same expression with other numbers on DuckDB 2.0.1 and on polars 2.1.0.
#
# Expected: an ibis expression means one thing, and the backends only differ in what they can do; that is what the
# library is for. NaN, null and negative numbers are ordinary values of a column.
# Seen, DuckDB against polars: -7 % 2 is -1 and 1 (an hour before midnight is -1 or 23 of 24); the cast of 2.5 and
# -2.7 to whole numbers is 2 and -3 against 2 and -2; 0.25 rounded to one decimal is 0.3 and 0.2; nunique counts the
# missing value only on polars; NaN clipped to 0..1 is 1 and NaN; find in a missing text is missing and -1; and a
# decimal 1 divided by 3 is 0.333 and 0.33. Sorting, joins, means and truncated dates agree.
# Why it matters: features are written once with ibis, trained on the warehouse and served from polars; they differ in
# single rows, by a class, by a sign or by a missing value that became the upper bound.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "ibis-framework[duckdb,polars]==12.0.0" "duckdb==2.0.1" "polars==2.1.0" "pyarrow==26.0.1"

venv/bin/python - <<'EOF'
import math
import warnings

warnings.filterwarnings("ignore")

import duckdb
import ibis
import polars
import pyarrow
import pyarrow.parquet

rows = pyarrow.table(
    {
        "row": [1, 2, 3, 4],
        "whole": pyarrow.array([-7, 7, 3, None], pyarrow.int64()),
        "number": [2.5, -2.7, 0.25, 3.0],
        "hole": [0.5, 7.0, math.nan, None],
        "text": ["ab", "b", "c", None],
        "price": pyarrow.array([1, 2, 3, 4], pyarrow.decimal128(9, 2)),
    }
)
pyarrow.parquet.write_table(rows, "rows.parquet")
tables = {
    "duckdb": ibis.duckdb.connect().read_parquet("rows.parquet", table_name="rows"),
    "polars": ibis.polars.connect().create_table("rows", rows),
}
nan = "NaN"
expected = {
    "whole % 2": (lambda t: t.whole % 2, [-1, 1, 1, None], [1, 1, 1, None]),
    "number as int64": (lambda t: t.number.cast("int64"), [2, -3, 0, 3], [2, -2, 0, 3]),
    "number rounded to one decimal": (lambda t: t.number.round(1), [2.5, -2.7, 0.3, 3.0], [2.5, -2.7, 0.2, 3.0]),
    "hole clipped to 0..1": (lambda t: t.hole.clip(0, 1), [0.5, 1.0, 1.0, None], [0.5, 1.0, nan, None]),
    "find b in text": (lambda t: t.text.find("b"), [1, 0, -1, None], [1, 0, -1, -1]),
    "price / 3, largest": (lambda t: (t.price / 3).max(), 1.333, 1.33),
    "nunique of whole": (lambda t: t.whole.nunique(), 3, 4),
    "mean of number": (lambda t: t.number.mean(), 0.762, 0.762),
}


def plain(value):
    if isinstance(value, list):
        return [plain(item) for item in value]
    if value is None or isinstance(value, int):
        return value
    return nan if math.isnan(value) else round(float(value), 3)


print("ibis", ibis.__version__, "duckdb", duckdb.__version__, "polars", polars.__version__)
for name, (expression, *wanted) in expected.items():
    seen = []
    for table in tables.values():
        answer = expression(table)
        if not isinstance(answer, ibis.expr.types.Scalar):
            answer = table.select(table.row, answer=answer).order_by("row").to_pyarrow()["answer"].to_pylist()
            seen.append(plain(answer))
        else:
            seen.append(plain(answer.to_pyarrow().as_py()))
    print(f"{name}: duckdb {seen[0]}, polars {seen[1]}")
    if seen != wanted:
        raise SystemExit(f"Changed: {name} is no longer {wanted[0]} on DuckDB and {wanted[1]} on polars.")
EOF
