#!/usr/bin/env bash
# @dsnp/parquetjs 1.8.8 (npm) reads the counter 3000000000 of a Parquet file as -1294967296.
#
# Expected: columns without sign (UINT_32, UINT_64) are read as what they hold, as hyparquet 1.33.0 does.
# Seen: with the form that pyarrow 26.0.1 writes by default, 3000000000 becomes -1294967296 and 4294967295 becomes -1;
# 2^63 + 5 becomes -9223372036854775803. With version="1.0" of the file the same column of 32 bits is right. Smaller
# values and UINT_8 are right. No error.
# Why it matters: meter readings, byte counts, hashes and ids are such columns; they turn negative beyond 2^31, which
# test data do not reach.
# Source: Parquet format, logical types, unsigned integers; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyarrow==26.0.1"
npm install --silent --no-audit --no-fund --prefix "$folder" \
    "@dsnp/parquetjs@1.8.8" "hyparquet@1.33.0" >/dev/null

venv/bin/python - <<'EOF'
import pyarrow
import pyarrow.parquet

columns = {
    "small": pyarrow.array([200, 255, 0], pyarrow.uint8()),
    "counter": pyarrow.array([3000000000, 4294967295, 7], pyarrow.uint32()),
    "id": pyarrow.array([2**63 + 5, 2**53 + 1, 7], pyarrow.uint64()),
}
table = pyarrow.table(columns)
for version in ("2.6", "1.0"):
    pyarrow.parquet.write_table(table, f"{version}.parquet", version=version, compression="none")
print("pyarrow", pyarrow.__version__)
EOF
cat >check.mjs <<'EOF'
import { readFileSync } from "node:fs";
import parquetjs from "@dsnp/parquetjs";
import { parquetReadObjects } from "hyparquet";

const text = (rows, name) => rows.map((row) => String(row[name])).join(" ");
async function read(path) {
  const reader = await parquetjs.ParquetReader.openFile(path);
  const cursor = reader.getCursor();
  const rows = [];
  for (let row = await cursor.next(); row; row = await cursor.next()) rows.push(row);
  await reader.close();
  return rows;
}
const expected = {
  "2.6": { small: "200 255 0", counter: "-1294967296 -1 7", id: "-9223372036854775803 9007199254740993 7" },
  "1.0": { small: "200 255 0", counter: "3000000000 4294967295 7", id: "-9223372036854775803 9007199254740993 7" },
};
const right = { small: "200 255 0", counter: "3000000000 4294967295 7", id: "9223372036854775813 9007199254740993 7" };
for (const version of ["2.6", "1.0"]) {
  const bytes = new Uint8Array(readFileSync(`${version}.parquet`)).buffer;
  const [rows, peer] = [await read(`${version}.parquet`), await parquetReadObjects({ file: bytes })];
  for (const name of Object.keys(right)) {
    console.log(`version ${version}, ${name}: parquetjs ${text(rows, name)}, hyparquet ${text(peer, name)}`);
    if (text(peer, name) !== right[name]) throw new Error(`Changed: hyparquet no longer reads ${name} rightly.`);
    if (text(rows, name) !== expected[version][name]) throw new Error(`Changed: parquetjs reads ${name} otherwise.`);
  }
}
EOF
node check.mjs
