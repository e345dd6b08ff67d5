#!/usr/bin/env bash
# Three engines read the names of the same partition folders as three different values.
#
# Versions: pyarrow 26.0.1, polars 2.1.0, duckdb 2.0.1, all with their defaults for folders of the kind lot=VALUE.
# Expected: names that are all digits may become numbers everywhere; names with letters stay text everywhere.
# Seen, for the names of lots:
#   00123, 456    pyarrow and polars: 123 and 456; duckdb: the texts
#   1E4, 10E3     polars: 10000.0 twice, two lots become one; pyarrow and duckdb: the texts
#   1.10, 1.1     polars: 1.1 twice; pyarrow and duckdb: the texts
#   0x1F, 0x20    pyarrow and duckdb: 31 and 32; polars: the texts
# One more folder with another letter, and all of them are text again.
# Why it matters: lots, serial numbers and versions are the keys by which predictions and labels are joined; a key
# changes with the engine and with the other folders there are, and different lots fall together.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "duckdb==2.0.1" "pyarrow==26.0.1" "polars==2.1.0"

venv/bin/python - <<'EOF'
import os

import duckdb
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.parquet


def read(lots):
    folder = "lots_" + "_".join(lots)
    for number, lot in enumerate(lots):
        os.makedirs(f"{folder}/lot={lot}")
        pyarrow.parquet.write_table(pyarrow.table({"k": [number]}), f"{folder}/lot={lot}/part.parquet")
    return (
        pyarrow.dataset.dataset(folder, partitioning="hive").to_table().sort_by("k")["lot"].to_pylist(),
        polars.scan_parquet(folder, hive_partitioning=True).sort("k").collect()["lot"].to_list(),
        [row[0] for row in duckdb.sql(
            f"select lot from read_parquet('{folder}/*/*.parquet', hive_partitioning = true) order by k"
        ).fetchall()],
    )


print("pyarrow", pyarrow.__version__, "polars", polars.__version__, "duckdb", duckdb.__version__)
expected = {
    ("00123", "456"): ([123, 456], [123, 456], ["00123", "456"]),
    ("1E4", "10E3"): (["1E4", "10E3"], [10000.0, 10000.0], ["1E4", "10E3"]),
    ("1.10", "1.1"): (["1.10", "1.1"], [1.1, 1.1], ["1.10", "1.1"]),
    ("0x1F", "0x20"): ([31, 32], ["0x1F", "0x20"], [31, 32]),
    ("1E4", "10E3", "A1"): (["1E4", "10E3", "A1"], ["1E4", "10E3", "A1"], ["1E4", "10E3", "A1"]),
}
for lots, wanted in expected.items():
    seen = read(lots)
    print("folders", lots, "pyarrow", seen[0], "polars", seen[1], "duckdb", seen[2])
    if seen != wanted:
        raise SystemExit(f"Changed: the folders {lots} are no longer read in these three ways.")
EOF
