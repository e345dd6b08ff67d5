#!/usr/bin/env bash
# Four libraries for MessagePack in JavaScript write large numbers as 0: the fill value 9.97e36 becomes a reading of 0.
#
# Versions: notepack.io 3.0.1, messagepack 1.1.12, what-the-pack 2.0.3, @ygoe/msgpack 1.0.3 (npm).
# Expected: a number beyond 64 bits is a double, as @msgpack/msgpack 3.1.3 writes it, or it is refused.
# Seen: JavaScript calls every large number an integer, and so do they: of the 64 bits what is left of 9.97e36 is 0, of
# 1e20 it is 7.77e18, of minus 1e20 minus 7.77e18; @ygoe/msgpack writes 18446744073709551615 for each, and 2^63 as a
# negative number. 0.5 and 2^53 are right. No error.
# Why it matters: 1e20 and 9.97e36 are the marks for "missing" of climate and weather data, 1.8e308 is a limit that is
# not set; as 0 they are the most ordinary reading there is. Densities of particles and viscosities are that large, too.
# Source: MessagePack specification, int and float format families; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "notepack.io@3.0.1" "messagepack@1.1.12" \
  "what-the-pack@2.0.3" "@ygoe/msgpack@1.0.3" "@msgpack/msgpack@3.1.3" >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "msgpack==1.2.4"

cat >write.js <<'JS'
const writers = {
  "notepack.io": require("notepack.io").encode,
  messagepack: require("messagepack").encode,
  "what-the-pack": require("what-the-pack").initialize(2 ** 20).encode,
  "@ygoe/msgpack": require("@ygoe/msgpack").serialize,
  "@msgpack/msgpack": require("@msgpack/msgpack").encode,
};
const numbers = [0.5, 2 ** 53, 9.969209968386869e36, 1e20, -1e20, Number.MAX_VALUE];
const written = ([name, encode]) => [name, numbers.map((number) => Buffer.from(encode(number)).toString("hex"))];
console.log(JSON.stringify(Object.fromEntries(Object.entries(writers).map(written))));
JS
node write.js >written.json
venv/bin/python - <<'PYTHON'
import json
import sys

import msgpack

RIGHT = [0.5, 2**53, 9.969209968386869e36, 1e20, -1e20, sys.float_info.max]
CUT = [0.5, 2**53, 0, 7766279631452241920, -7766279631452241920, 0]
MOST = 2**64 - 1
SEEN = {
    "notepack.io": CUT,
    "messagepack": CUT,
    "what-the-pack": CUT,
    "@ygoe/msgpack": [0.5, 2**53, MOST, MOST, -(2**63), MOST],
    "@msgpack/msgpack": RIGHT,
}
with open("written.json") as file:
    written = json.load(file)
for name, messages in written.items():
    read = [msgpack.unpackb(bytes.fromhex(message)) for message in messages]
    print(f"{name}: {read}")
    if read != SEEN[name]:
        raise SystemExit(f"Changed: {name} no longer writes {RIGHT} as {SEEN[name]}.")
PYTHON
