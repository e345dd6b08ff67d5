#!/usr/bin/env bash
# apache-arrow 21.2.0 for JavaScript reads the decimal 1.25 of an Arrow file as 125.
#
# Expected: a decimal(9, 2) column that pyarrow 26.0.1 wrote as 1.25 is 1.25 in Node.js, as number or as text, also when
# the row is turned into JSON.
# Seen: the value is the bare integer without its scale: String(value) and JSON.stringify(row) say "125", and a column
# of scale 4 is ten thousand times too large. A column of floats beside it is right; nothing warns.
# Why it matters: a client that reads prices or weights from Arrow and sends its rows as JSON sends them a hundred
# times too large, and the text "125" reads as a perfectly good number.
# Source: found by running; the scale stands in the type, field.type.scale, and has to be applied by hand.
# Needs: Node.js 18 or newer with npm, beside Python.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyarrow==26.0.1"
npm install --silent --no-audit --no-fund apache-arrow@21.2.0

venv/bin/python - <<'EOF'
from decimal import Decimal

import pyarrow
import pyarrow.ipc

rows = pyarrow.table({
    "price": pyarrow.array([Decimal("1.25")], pyarrow.decimal128(9, 2)),
    "weight": pyarrow.array([Decimal("0.5000")], pyarrow.decimal128(12, 4)),
    "length": [1.25],
})
with pyarrow.ipc.new_file("rows.arrow", rows.schema) as writer:
    writer.write_table(rows)
print("pyarrow", pyarrow.__version__, "wrote", rows.to_pylist()[0])
EOF

cat > read.mjs <<'EOF'
import fs from "node:fs";
import { tableFromIPC } from "apache-arrow";

const version = JSON.parse(fs.readFileSync("node_modules/apache-arrow/package.json", "utf8")).version;
const table = tableFromIPC(fs.readFileSync("rows.arrow"));
const read = ["price", "weight", "length"].map((name) => String(table.getChild(name).get(0)));
const sent = JSON.stringify(table.get(0));
console.log(`apache-arrow ${version} on Node.js ${process.version} reads ${read}, and makes ${sent} of the row`);
if (read.join() !== "125,5000,1.25") {
  console.error("Changed: decimals no longer lose their point when they are read.");
  process.exit(1);
}
if (!/"price":"\D*125\D*","weight":"\D*5000\D*","length":1\.25/.test(sent)) {
  console.error("Changed: decimals no longer lose their point in JSON.");
  process.exit(1);
}
EOF
node read.mjs
