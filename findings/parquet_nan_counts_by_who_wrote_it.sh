#!/usr/bin/env bash
# DuckDB 2.0.1 finds other rows in Parquet files with the same values, depending on the library that wrote them.
#
# Expected: in DuckDB NaN is larger than every number, so "x > 5" takes a NaN row, and max(x) is NaN, as it is for the
# same table in memory.
# Seen: in a file that DuckDB wrote, yes. In files of the same rows by pyarrow 26.0.1 and polars 2.1.0 the NaN row
# is missing, because its row group is left out by its largest number; and max(x) is NaN in the file of
# polars and 13 in that of pyarrow, which are read from statistics.
# Why it matters: rows with a broken sensor come and go with the writer and with the size of its row groups; counts,
# maxima and what a model is given change though no value did.
# Source: Parquet format, statistics: a reader that looks for NaN should ignore the smallest and largest value.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "duckdb==2.0.1" "pyarrow==26.0.1" "polars==2.1.0"

venv/bin/python - <<'EOF'
import duckdb
import polars
import pyarrow
import pyarrow.parquet

rows = pyarrow.table({"k": list(range(8)), "x": [1.0, 2.0, float("nan"), 3.0, 10.0, 11.0, 12.0, 13.0]})
pyarrow.parquet.write_table(rows, "pyarrow.parquet", row_group_size=4)
polars.from_arrow(rows).write_parquet("polars.parquet", row_group_size=4)
duckdb.sql("copy (select * from rows) to 'duckdb.parquet' (format parquet, row_group_size 4)")


def ask(source):
    found = [row[0] for row in duckdb.sql(f"select k from {source} where x > 5 order by k").fetchall()]
    return found, str(duckdb.sql(f"select max(x) from {source}").fetchall()[0][0])


seen = {"memory": ask("rows")} | {name: ask(f"'{name}.parquet'") for name in ("duckdb", "polars", "pyarrow")}
print("duckdb", duckdb.__version__, "pyarrow", pyarrow.__version__, "polars", polars.__version__)
for source, (found, largest) in seen.items():
    print(f"{source}: x > 5 in rows {found}, max(x) {largest}")
if seen["memory"] != ([2, 4, 5, 6, 7], "nan") or seen["duckdb"] != ([2, 4, 5, 6, 7], "nan"):
    raise SystemExit("Changed: DuckDB no longer finds NaN above 5 in memory and in its own file.")
if seen["polars"] != ([4, 5, 6, 7], "nan") or seen["pyarrow"] != ([4, 5, 6, 7], "13.0"):
    raise SystemExit("Changed: the answers no longer depend on who wrote the file.")
EOF
