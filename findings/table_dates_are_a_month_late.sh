#!/usr/bin/env bash
# dbf-reader 1.0.3 (npm) reads the dates of a dBASE table a month too late, and a number that is not there as 0.
#
# Expected: 20260115 is 15 January 2026, and a number field of blanks is null, as dbffile 1.13.0 (npm) reads both.
# Seen: 15 January becomes 15 February and 31 January becomes 3 March; a blank number is 0. Texts, signs and decimals
# are right. No error.
# Why it matters: meter lists, parcels and stations come as .dbf files, alone and in shapefiles; a month of offset moves
# every join with weather or prices, and looks like a season that is late.
# Source: dBASE III file format, field types D and N; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "dbf-reader@1.0.3" "dbffile@1.13.0" >/dev/null

cat >check.js <<'EOF'
const fs = require("node:fs");

/** Return the bytes of a dBASE III table; a field is [name, type, width, decimals], a row begins with " " or "*". */
function table(fields, rows) {
  const width = 1 + fields.reduce((sum, field) => sum + field[2], 0);
  const head = Buffer.alloc(32 + 32 * fields.length + 1);
  head.set([3, 126, 2, 1]);
  head.writeUInt32LE(rows.length, 4);
  head.writeUInt16LE(head.length, 8);
  head.writeUInt16LE(width, 10);
  fields.forEach(([name, type, size, decimals], index) => {
    const at = 32 + 32 * index;
    head.write(name + "\0".repeat(11 - name.length) + type, at, "ascii");
    head.set([size, decimals], at + 16);
  });
  head[head.length - 1] = 13;
  const lines = rows.map(([mark, ...values]) => mark + values.map((v, i) => v.padStart(fields[i][2])).join(""));
  return Buffer.concat([head, Buffer.from(lines.join("")), Buffer.from([26])]);
}

const bytes = table(
  [["DAY", "D", 8, 0], ["FLOW", "N", 8, 2]],
  [[" ", "20260115", "12.50"], [" ", "20260131", ""], [" ", "20261201", "-0.50"]],
);
fs.writeFileSync("flows.dbf", bytes);
const { Dbf } = require("dbf-reader/dbf");
const { DBFFile } = require("dbffile");
const show = (rows) => rows.map((row) => [row.DAY.toISOString().slice(0, 10), row.FLOW].join(" ")).join(", ");
(async () => {
  const seen = show(Dbf.read(bytes).rows || Dbf.read(bytes));
  const peer = show(await (await DBFFile.open("flows.dbf")).readRecords());
  console.log(`dbf-reader: ${seen}\ndbffile: ${peer}`);
  if (peer !== "2026-01-15 12.5, 2026-01-31 , 2026-12-01 -0.5") throw new Error("Changed: dbffile reads otherwise.");
  if (seen !== "2026-02-15 12.5, 2026-03-03 0, 2027-01-01 -0.5")
    throw new Error("Changed: dbf-reader no longer reads dates a month late, or blanks as 0.");
})();
EOF
TZ=UTC node check.js
