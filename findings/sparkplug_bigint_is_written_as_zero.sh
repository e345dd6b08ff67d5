#!/usr/bin/env bash
# sparkplug-payload 1.0.3 (npm) writes a BigInt as 0: counters, times and sequence numbers vanish.
#
# Expected: Int64, UInt64 and DateTime metrics take JavaScript's own 64-bit integer, or refuse it, as Int32 and Double
# refuse it with an error.
# Seen: 5n, 1700000000123n and 9007199254740993n are all encoded as 0, in the value of a metric, in its time stamp,
# and in the time stamp and sequence number of the message. The text "9007199254740993" and ordinary numbers are
# encoded rightly.
# Why it matters: a reader of 64-bit counters (process.hrtime.bigint, a database driver, OPC UA, Modbus) hands over
# BigInt; downstream the energy meter stands at 0 in 1970, which is a valid reading.
# Source: found by running; 64-bit values go through the Long of protobuf.js.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "sparkplug-payload@1.0.3" >/dev/null

cat >check.js <<'EOF'
const sparkplug = require("sparkplug-payload").get("spBv1.0");
const version = require("sparkplug-payload/package.json").version;

function roundTrip(type, value) {
  const payload = { timestamp: 1700000000000, metrics: [{ name: "energy", type, value }] };
  return String(sparkplug.decodePayload(sparkplug.encodePayload(payload)).metrics[0].value);
}
function fail(text) {
  console.error(text);
  process.exit(1);
}

console.log("sparkplug-payload", version, "node", process.version);
for (const type of ["Int64", "UInt64", "DateTime"]) {
  for (const value of [5n, 1700000000123n, 9007199254740993n]) {
    const seen = roundTrip(type, value);
    console.log(`${type} ${value}n comes back as ${seen}`);
    if (seen !== "0") fail("Changed: a BigInt is no longer written as 0.");
  }
  if (roundTrip(type, "9007199254740993") !== "9007199254740993") fail("Changed: a text is no longer written exactly.");
  if (roundTrip(type, 300) !== "300") fail("Changed: a number is no longer written exactly.");
}
for (const type of ["Int32", "Double"]) {
  let refused = false;
  try {
    roundTrip(type, 5n);
  } catch (error) {
    refused = true;
    console.log(`${type} 5n is refused: ${error.message}`);
  }
  if (!refused) fail(`Changed: ${type} no longer refuses a BigInt.`);
}
const message = sparkplug.decodePayload(
  sparkplug.encodePayload({ timestamp: 1700000000123n, seq: 3n, metrics: [] }),
);
console.log(`message of time 1700000000123n, sequence 3n: time ${message.timestamp}, sequence ${message.seq}`);
if (String(message.timestamp) !== "0" || String(message.seq) !== "0") fail("Changed: the message keeps its time.");
EOF
node check.js
