#!/usr/bin/env bash
# candied 2.2.0 (npm) cuts what a CAN bus sends to the range in the DBC file: a motor of 120 degrees has 100.
#
# Expected: [-40|100] behind a signal tells the range that was planned; a decoder gives the value that was sent, as
# cantools 45.1.0 (Python) does, or says that it is out of range.
# Seen: 120 degrees are 100, and so is the code FFh for "no sensor", 215 degrees. A signal with the range [0|0] is not
# cut. rawValue is the number before factor and offset. No error, no mark.
# Why it matters: the rows that break the range are the failures that a maintenance model is to find; cut to the limit
# they look like a hot but healthy motor, and a torn-off sensor looks like one, too.
# Source: Vector's DBC file format, signal definitions; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "candied@2.2.0" >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "cantools==45.1.0"

cat >motor.dbc <<'DBC'
VERSION ""

NS_ :

BS_:

BU_: ECU

BO_ 100 Motor: 8 ECU
 SG_ Temperature : 0|8@1+ (1,-40) [-40|100] "degC" ECU
 SG_ Open : 8|8@1+ (1,-40) [0|0] "degC" ECU
DBC
cat >check.js <<'JS'
const fs = require("fs");
const { Can, Dbc } = require("candied");

const can = new Can();
can.database = new Dbc().load(fs.readFileSync("motor.dbc", "utf8"));
// Degrees that were sent, in a signal with a range and in one without, and what is read from them.
const CASES = [[20, "20 20"], [100, "100 100"], [120, "100 120"], [215, "100 215"]];
for (const [degrees, right] of CASES) {
  const bytes = Buffer.alloc(8, degrees + 40);
  const signals = can.decode(can.createFrame(100, [...bytes])).boundSignals;
  const read = `${signals.get("Temperature").value} ${signals.get("Open").value}`;
  console.log(`candied, ${degrees} degrees: with and without a range: ${read}`);
  if (read !== right) throw new Error(`Changed: ${degrees} degrees are no longer read as ${right}.`);
}
JS
node check.js
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import cantools

database = cantools.database.load_file("motor.dbc")
seen = [database.decode_message(100, bytes([degrees + 40] * 8))["Temperature"] for degrees in (20, 100, 120, 215)]
print("cantools", version("cantools"), seen)
if seen != [20, 100, 120, 215]:
    raise SystemExit("Changed: cantools no longer gives what was sent.")
PYTHON
