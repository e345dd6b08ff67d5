#!/usr/bin/env bash
# pamqp 4.0.1 and @cloudamqp/amqp-client 4.1.1 (npm) write numbers into message headers in 32 bits, so times move.
#
# Expected: a float of Python and a number of JavaScript have 64 bits, and AMQP 0-9-1 has a field type for them ("d");
# py-amqp 5.4.2 uses it. A time as seconds with decimals, 1764400029.25, arrives as sent.
# Seen: both write the type "f" of 32 bits. The time arrives as 1764400000.0, 29 seconds earlier, and its neighbours
# within two minutes share that value; 20.1 becomes 20.100000381469727, so it no longer equals 20.1. Whole numbers are
# not touched. aio-pika 10, and all that stands on it, writes its headers by pamqp.
# Why it matters: times of readings, versions and prices in headers are compared and joined; two messages a minute apart
# have one time, and a key with decimals is not found any more.
# Source: found by running; RabbitMQ's table of AMQP 0-9-1 field types.
# Needs: Node.js 18 or newer with npm, beside Python.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pamqp==4.0.1" "amqp==5.4.2"
npm install --silent --no-audit --no-fund --prefix "$folder" "@cloudamqp/amqp-client@4.1.1" >/dev/null

cat >write.cjs <<'EOF'
const { AMQPView } = require("./node_modules/@cloudamqp/amqp-client/lib/cjs/amqp-view.js");
const view = new AMQPView(new ArrayBuffer(4096));
const length = view.setTable(0, { at: 1764400029.25, later: 1764400040.5, reading: 20.1, count: 7 });
process.stdout.write(Buffer.from(view.buffer, 0, length).toString("hex"));
EOF

node write.cjs >written.txt
venv/bin/python - <<'EOF'
from importlib.metadata import version

import amqp.serialization
import pamqp.decode
import pamqp.encode

sent = {"at": 1764400029.25, "later": 1764400040.5, "reading": 20.1, "count": 7}
print({name: version(name) for name in ("pamqp", "amqp")})
tables = {
    "pamqp": pamqp.encode.field_table(sent),
    "@cloudamqp/amqp-client": bytes.fromhex(open("written.txt").read()),
    "amqp": amqp.serialization.dumps("F", (sent,)),
}
for writer, table in tables.items():
    seen = pamqp.decode.field_table(table)[1]
    print(f"written by {writer}:", seen)
    if writer == "amqp" and seen != sent:
        raise SystemExit("Changed: amqp no longer writes 64 bits.")
    if writer != "amqp" and seen != {**sent, "at": 1764400000.0, "later": 1764400000.0, "reading": 20.100000381469727}:
        raise SystemExit(f"Changed: {writer} no longer writes 32 bits.")
EOF
