#!/usr/bin/env bash
# parsedbf 2.0.0 (npm), which reads the tables of shapefiles in shpjs, gives back the rows that were deleted.
#
# Expected: in a dBASE table a row that begins with an asterisk is deleted and stays in the file until it is packed;
# readers leave it out, as dbffile 1.13.0 (npm) does. A yes/no field of "?" is not known.
# Seen: the deleted row comes among the others, and nothing marks it; "?" is false, as "F" is. No error.
# Why it matters: a register of meters or parcels is edited for years and seldom packed; closed sites are counted and
# predicted again, and a training set has each corrected row twice, once as it was wrong.
# Source: dBASE III file format, the deletion mark and field type L; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "parsedbf@2.0.0" "dbffile@1.13.0" >/dev/null

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
  [["SITE", "N", 4, 0], ["OPEN", "L", 1, 0]],
  [[" ", "1", "T"], ["*", "2", "F"], [" ", "3", "?"], [" ", "4", "F"]],
);
fs.writeFileSync("sites.dbf", bytes);
const { DBFFile } = require("dbffile");
const show = (rows) => rows.map((row) => `${row.SITE} ${row.OPEN}`).join(", ");
(async () => {
  const { default: parse } = await import("parsedbf");
  const seen = show(parse(new DataView(bytes.buffer, bytes.byteOffset, bytes.length)));
  const peer = show(await (await DBFFile.open("sites.dbf")).readRecords());
  console.log(`parsedbf: ${seen}\ndbffile: ${peer}`);
  if (peer !== "1 true, 3 null, 4 false") throw new Error("Changed: dbffile reads otherwise.");
  if (seen !== "1 true, 2 false, 3 false, 4 false")
    throw new Error("Changed: parsedbf leaves deleted rows out now, or knows what is not known.");
})();
EOF
node check.js
