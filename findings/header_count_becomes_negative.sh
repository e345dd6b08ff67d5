#!/usr/bin/env bash
# @cloudamqp/amqp-client 4.1.1 (npm) sends the header 3000000000 as -1294967296.
#
# Expected: a whole number of JavaScript arrives as itself; below 2^31 it fits into 32 bits with a sign, above that it
# needs the 64 bits that AMQP 0-9-1 has for it ("l").
# Seen: numbers from 2^31 up to 2^32 are written into the 32 bits with a sign and wrap round: 3000000000 arrives as
# -1294967296, 4294967295 as -1, and -3000000000 as 1294967296. 2^31 - 1 and numbers from 2^32 on are right, and so is
# a BigInt. There is no error.
# Why it matters: counters, sizes in bytes, identifiers and serial numbers of devices lie just there. A test with small
# numbers passes, and so does one with very large ones.
# Source: found by running; RabbitMQ's table of AMQP 0-9-1 field types.
# Needs: Node.js 18 or newer with npm, beside Python.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pamqp==4.0.1"
npm install --silent --no-audit --no-fund --prefix "$folder" "@cloudamqp/amqp-client@4.1.1" >/dev/null

cat >write.cjs <<'EOF'
const { AMQPView } = require("./node_modules/@cloudamqp/amqp-client/lib/cjs/amqp-view.js");
const view = new AMQPView(new ArrayBuffer(4096));
const numbers = {
  below: 2147483647, bytes: 3000000000, serial: 4294967295, minus: -3000000000, above: 4294967296, big: 3000000000n,
};
const length = view.setTable(0, numbers);
process.stdout.write(Buffer.from(view.buffer, 0, length).toString("hex"));
EOF

node write.cjs >written.txt
venv/bin/python - <<'EOF'
from importlib.metadata import version

import pamqp.decode

seen = pamqp.decode.field_table(bytes.fromhex(open("written.txt").read()))[1]
print("pamqp", version("pamqp"), "reads:", seen)
if (seen["below"], seen["above"], seen["big"]) != (2147483647, 4294967296, 3000000000):
    raise SystemExit("Changed: the numbers on both sides are no longer right.")
if (seen["bytes"], seen["serial"], seen["minus"]) != (-1294967296, -1, 1294967296):
    raise SystemExit("Changed: numbers between 2^31 and 2^32 no longer wrap round.")
EOF
