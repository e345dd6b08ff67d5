#!/usr/bin/env bash
# node-bacnet 0.2.4 (npm) reads 15 January from a controller as 15 February, and sets its clock a month early.
#
# Expected: a BACnet date counts months from 1 to 12; 126, 1, 15 is 15 January 2026, as @bacnet-js/client 3.3.2 (npm), a
# fork of the same code, and bacpypes3 0.0.110 (Python) read it.
# Seen: the month goes into a JavaScript Date, whose months count from 0: January becomes February, 31 January becomes
# 3 March, December the next January. Dates are written the same way, so that the library's own come back right, and a
# time synchronisation in January sends month 0, which is none. No error.
# Why it matters: trend logs, schedules and alarms of heating and ventilation carry these dates; joined with weather or
# meter data, a winter's heating stands under the weather a month later.
# Source: ANSI/ASHRAE 135 (BACnet), 20.2.12, encoding of a date value; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "node-bacnet@0.2.4" "@bacnet-js/client@3.3.2" >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "bacpypes3==0.0.110"

cat >check.js <<'JS'
const library = require("node-bacnet/lib/asn1");
const services = require("node-bacnet/lib/services");
const peer = require("@bacnet-js/client/dist/lib/asn1");

// Year since 1900, month, day and day of the week, as a controller sends them.
const CASES = [
  [[126, 1, 15, 4], "2026-1-15", "2026-2-15"],
  [[126, 1, 31, 6], "2026-1-31", "2026-3-3"],
  [[126, 12, 15, 2], "2026-12-15", "2027-1-15"],
];
const text = (date) => `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
for (const [bytes, right, seen] of CASES) {
  const read = text(library.decodeDate(Buffer.from(bytes), 0).value);
  const other = text(peer.decodeDate(Buffer.from(bytes), 0).value);
  console.log(`sent ${right}: node-bacnet ${read}, @bacnet-js/client ${other}`);
  if (read !== seen || other !== right) throw new Error(`Changed: ${right} is no longer read as ${seen} and ${right}.`);
}
const sent = { buffer: Buffer.alloc(20), offset: 0 };
services.timeSync.encode(sent, new Date(2026, 0, 15, 10));
console.log("synchronisation on 15 January:", [...sent.buffer.subarray(1, 5)].join(" "));
if (sent.buffer[2] !== 0) throw new Error("Changed: January is no longer sent as month 0.");
JS
node check.js
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from bacpypes3.primitivedata import Date, Tag, TagClass, TagList, TagNumber

read = Date.decode(TagList([Tag(TagClass.application, TagNumber.date, 4, bytes([126, 1, 15, 4]))]))
print("bacpypes3", version("bacpypes3"), "reads", read)
if tuple(read) != (126, 1, 15, 4):
    raise SystemExit("Changed: bacpypes3 reads the date otherwise.")
PYTHON
