#!/usr/bin/env bash
# amqplib 2.3.1 (npm) sends a Date in the headers of a message as an empty table.
#
# Expected: AMQP 0-9-1 has timestamps, JavaScript has Date, and amqplib refuses what it cannot send, such as a BigInt;
# so a Date is a timestamp or an error.
# Seen: { at: new Date() } arrives as {"at": {}}, in a list too, and the same happens to a Map. The receiver sees that a
# header is there, but no time. Only the form { "!": "timestamp", value: seconds } is sent as a timestamp.
# Why it matters: the time of a reading is the header that consumers sort and expire by. Each sender writes what looks
# right and is logged right on its side, and the time is gone for good.
# Source: amqplib, channel API reference, on the field tables of headers.
# Needs: Node.js 18 or newer with npm, beside Python.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pamqp==4.0.1"
npm install --silent --no-audit --no-fund --prefix "$folder" "amqplib@2.3.1" >/dev/null

cat >write.cjs <<'EOF'
const codec = require("./node_modules/amqplib/lib/codec.js");
const table = {
  at: new Date("2026-01-01T10:00:00Z"),
  list: [new Date("2026-01-01T10:00:00Z")],
  map: new Map([["reading", 20.5]]),
  told: { "!": "timestamp", value: 1767261600 },
};
const buffer = Buffer.alloc(4096);
const length = codec.encodeTable(buffer, table, 0);
let refused = false;
try {
  codec.encodeTable(Buffer.alloc(4096), { at: 5n }, 0);
} catch {
  refused = true;
}
console.log(buffer.subarray(0, length).toString("hex"), refused);
EOF

node write.cjs >written.txt
venv/bin/python - <<'EOF'
from importlib.metadata import version

import pamqp.decode

written, refused = open("written.txt").read().split()
seen = pamqp.decode.field_table(bytes.fromhex(written))[1]
print("pamqp", version("pamqp"), "reads:", seen, "BigInt refused:", refused)
if (seen["at"], seen["list"], seen["map"]) != ({}, [{}], {}):
    raise SystemExit("Changed: a Date is no longer sent as an empty table.")
if seen["told"].isoformat() != "2026-01-01T10:00:00+00:00" or refused != "true":
    raise SystemExit("Changed: a spelled-out timestamp is no longer right, or a BigInt is sent.")
EOF
