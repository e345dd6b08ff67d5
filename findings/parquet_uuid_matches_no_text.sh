#!/usr/bin/env bash
# polars 2.1.0 reads a UUID column of a Parquet file as sixteen raw bytes, and a search for a UUID finds nothing.
#
# Expected: a column that DuckDB 2.0.1 wrote with Parquet's logical type UUID is compared with the text of a UUID, as in
# DuckDB, or the comparison is refused, as polars refuses a join and is_in of the same columns.
# Seen: col("id") == "41424344-..." is false for every row, without a word. Cast to text the id is "ABCDEFGHIJKLMNOP",
# the bytes as letters. Written to Parquet again the column is plain bytes, and DuckDB finds the row no more.
# Why it matters: ids of predictions and labels are UUIDs; labels joined by filter are empty, and a file that went
# through polars has lost the ids for the next reader.
# Source: Parquet format, logical types, UUID.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "duckdb==2.0.1" "polars==2.1.0"

venv/bin/python - <<'EOF'
import duckdb
import polars

WANTED = "41424344-4546-4748-494a-4b4c4d4e4f50"
duckdb.sql(f"copy (select '{WANTED}'::uuid as id, 0.9 as score) to 'first.parquet' (format parquet)")


def found_by_duckdb(name):
    count = duckdb.sql(f"select count(*) from '{name}' where id::varchar = '{WANTED}'").fetchall()[0][0]
    return duckdb.sql(f"select id from '{name}'").types[0], count


frame = polars.read_parquet("first.parquet")
found = frame.filter(polars.col("id") == WANTED).height
as_text = frame["id"].cast(polars.String).to_list()
try:
    joined = str(frame.join(polars.DataFrame({"id": [WANTED]}), on="id").height)
except polars.exceptions.SchemaError:
    joined = "SchemaError"
frame.write_parquet("second.parquet")
before, after = found_by_duckdb("first.parquet"), found_by_duckdb("second.parquet")
print("polars", polars.__version__, "duckdb", duckdb.__version__)
print("type in polars:", frame.schema["id"], "found by ==:", found, "join:", joined, "as text:", as_text)
print("DuckDB, type and rows found:", [str(part) for part in before], "after polars:", [str(part) for part in after])
if (str(before[0]), before[1]) != ("UUID", 1) or joined != "SchemaError":
    raise SystemExit("Changed: DuckDB no longer finds the row, or polars no longer refuses the join.")
if frame.schema["id"] != polars.Binary or found != 0 or as_text != ["ABCDEFGHIJKLMNOP"]:
    raise SystemExit("Changed: polars no longer takes a UUID for raw bytes that match no text.")
if (str(after[0]), after[1]) != ("BLOB", 0):
    raise SystemExit("Changed: the type UUID now survives polars.")
EOF
