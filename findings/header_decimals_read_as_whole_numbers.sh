#!/usr/bin/env bash
# pika 1.4.4 reads a number with decimals in the headers of a message as a whole number: 0.87 arrives as 0.
#
# Expected: AMQP 0-9-1 has field types for floating-point numbers ("f", "d"); a header with 0.87 is read as 0.87 by
# every client, or is refused, as pika refuses to send one ("UnsupportedAMQPFieldException").
# Seen: what py-amqp 5.4.2 (Celery's client) and pamqp 4.0.1 (aio-pika's) write, pika reads cut towards zero: 0.87 is 0,
# -0.5 is 0 and 2.99 is 2, also within lists. The two others read each other's numbers, and whole numbers agree. Nothing
# is said.
# Why it matters: scores, thresholds, weights and sampling rates travel in headers, so that a consumer can route or skip
# without opening the body; below 1 they all become 0, which is a valid value.
# Source: found by running; RabbitMQ's table of AMQP 0-9-1 field types.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pika==1.4.4" "amqp==5.4.2" "pamqp==4.0.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import amqp.serialization
import pamqp.decode
import pamqp.encode
import pika.data

sent = {"score": 0.87, "weight": 2.99, "shift": -0.5, "count": 7, "list": [0.25]}
print({name: version(name) for name in ("pika", "amqp", "pamqp")})
written = {"amqp": amqp.serialization.dumps("F", (sent,)), "pamqp": pamqp.encode.field_table(sent)}
for writer, table in written.items():
    seen = pika.data.decode_table(table, 0)[0]
    print(f"written by {writer}, read by pika:", seen)
    if seen != {"score": 0, "weight": 2, "shift": 0, "count": 7, "list": [0]}:
        raise SystemExit(f"Changed: pika no longer cuts the decimals of what {writer} writes.")
if amqp.serialization.loads("F", written["amqp"], 0)[0][0] != sent:
    raise SystemExit("Changed: amqp no longer reads its own numbers.")
if abs(pamqp.decode.field_table(written["amqp"])[1]["score"] - 0.87) > 1e-9:
    raise SystemExit("Changed: pamqp no longer reads the numbers of amqp.")
try:
    pika.data.encode_table([], {"score": 0.87})
except pika.exceptions.UnsupportedAMQPFieldException:
    pass
else:
    raise SystemExit("Changed: pika sends numbers with decimals now.")
EOF
