#!/usr/bin/env bash
# candied 2.2.0 (npm) decodes signals that are not in a CAN frame, out of the bits of those that are.
#
# Expected: in a DBC file m0 and m1 behind a signal say that it is there only if the multiplexer M has that value: a
# frame of page 0 has an engine speed, one of page 1 an oil temperature, as cantools 45.1.0 (Python) decodes them.
# Seen: each frame has both. Page 0 with 1500 revolutions also has an oil of 110 degrees, and page 1 with oil of 85
# degrees also turns 1250 times. A float (SIG_VALTYPE_) of 2.5 litres is read as 1075838976. No error.
# Why it matters: battery packs, engines and tyres send cell after cell through one multiplexed message; a table of
# such frames has every column filled in every row, half of it invented, with values that look like the real ones.
# Source: Vector's DBC file format, multiplexed signals and signal value types; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "candied@2.2.0" >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "cantools==45.1.0"

cat >engine.dbc <<'DBC'
VERSION ""

NS_ :

BS_:

BU_: ECU

BO_ 200 Engine: 8 ECU
 SG_ Page M : 0|8@1+ (1,0) [0|0] "" ECU
 SG_ Speed m0 : 8|16@1+ (1,0) [0|0] "rpm" ECU
 SG_ Oil m1 : 8|16@1+ (0.1,-40) [0|0] "degC" ECU

BO_ 100 Fuel: 8 ECU
 SG_ Used : 0|32@1- (1,0) [0|0] "l" ECU

SIG_VALTYPE_ 100 Used : 1;
DBC
cat >check.js <<'JS'
const fs = require("fs");
const { Can, Dbc } = require("candied");

const can = new Can();
can.database = new Dbc().load(fs.readFileSync("engine.dbc", "utf8"));

/** Return the values that a frame is said to have, by the names of its signals. */
function decoded(id, bytes) {
  const signals = can.decode(can.createFrame(id, [...bytes])).boundSignals;
  return JSON.stringify(Object.fromEntries([...signals].map(([name, signal]) => [name, signal.value])));
}

const first = Buffer.alloc(8);
first.writeUInt16LE(1500, 1);
const second = Buffer.alloc(8);
second[0] = 1;
second.writeUInt16LE(1250, 1);
const fuel = Buffer.alloc(8);
fuel.writeFloatLE(2.5);
const seen = [decoded(200, first), decoded(200, second), decoded(100, fuel)];
console.log("candied:", ...seen);
if (seen[0] !== '{"Page":0,"Speed":1500,"Oil":110}') throw new Error("Changed: page 0 is decoded otherwise.");
if (seen[1] !== '{"Page":1,"Speed":1250,"Oil":85}') throw new Error("Changed: page 1 is decoded otherwise.");
if (seen[2] !== '{"Used":1075838976}') throw new Error("Changed: a float is no longer read as a whole number.");
JS
node check.js
venv/bin/python - <<'PYTHON'
import struct
from importlib.metadata import version

import cantools

database = cantools.database.load_file("engine.dbc")
frames = [(200, struct.pack("<BH5x", 0, 1500)), (200, struct.pack("<BH5x", 1, 1250)), (100, struct.pack("<f4x", 2.5))]
seen = [database.decode_message(number, frame) for number, frame in frames]
print("cantools", version("cantools"), *seen)
if seen != [{"Page": 0, "Speed": 1500}, {"Page": 1, "Oil": 85.0}, {"Used": 2.5}]:
    raise SystemExit("Changed: cantools decodes the frames otherwise.")
PYTHON
