#!/usr/bin/env bash
# @influxdata/influxdb-client 1.35.0 (npm) writes the text "false" as true, "1e3" as 1 and "1,5" as 1.
#
# Expected: a value that does not fit the kind of its field is refused, as NaN and null are, and as uintField refuses
# -1; a number in a text is read as a whole.
# Seen: booleanField("false") and booleanField("0") are T. intField("1e3") is 1i, floatField("1,5") is 1. intField(2.7)
# is 2i and intField(-2.7) is -3i. No error. The functions take texts on purpose, and read "0x1F" as 31.
# Why it matters: values arrive as texts from CSV, MQTT and forms; states turn to true without exception, exponents and
# decimals are cut off, and the line that is stored looks as valid as any other.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "@influxdata/influxdb-client@1.35.0" >/dev/null

cat >check.js <<'EOF'
const { Point } = require("@influxdata/influxdb-client");
const expected = [
  ["booleanField", "false", "x=T"],
  ["booleanField", "0", "x=T"],
  ["booleanField", false, "x=F"],
  ["intField", "1e3", "x=1i"],
  ["intField", "0x1F", "x=31i"],
  ["intField", 2.7, "x=2i"],
  ["intField", -2.7, "x=-3i"],
  ["floatField", "1,5", "x=1"],
  ["floatField", "1.5", "x=1.5"],
  ["floatField", NaN, "refused"],
  ["floatField", null, "refused"],
  ["uintField", -1, "refused"],
];
for (const [kind, value, wanted] of expected) {
  let seen;
  try {
    seen = new Point("m")[kind]("x", value).toLineProtocol().split(" ")[1];
  } catch (error) {
    seen = "refused";
  }
  const call = `${kind}(${typeof value === "string" ? JSON.stringify(value) : value})`;
  console.log(`${call} is ${seen}`);
  if (seen !== wanted) throw new Error(`Changed: ${call} is no longer ${wanted}.`);
}
EOF
node check.js
