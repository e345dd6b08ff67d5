#!/usr/bin/env bash
# avsc 5.7.9 (npm) infers a 32-bit type for large whole numbers: a time moves by 13 seconds, 3000000001 becomes ...000.
#
# Expected: Type.forValue(value) infers a type that holds the value: long for whole numbers, double for decimals, which
# is what JavaScript's numbers are.
# Seen: whole numbers beyond 32 bits and decimals become "float", with 24 bits: 1769904000123, a time in milliseconds,
# is written and read back as 1769904013312, 3000000001 as 3000000000, 1234567.89 as 1234567.875. Beyond 2^53 it is
# "double" and right again. A Date becomes an empty record. No error.
# Why it matters: the inferred type is how events without a schema get into Avro; ids that differ in the last digits
# become one, times fall into the wrong window, and sums of prices drift.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "avsc@5.7.9" >/dev/null

cat >check.js <<'JS'
const { Type } = require("avsc");

const CASES = [
  [16777217, "int", 16777217],
  [3000000001, "float", 3000000000],
  [1769904000123, "float", 1769904013312],
  [1234567.89, "float", 1234567.875],
  [0.1, "float", 0.10000000149011612],
  [1e20, "double", 1e20],
];
for (const [value, kind, seen] of CASES) {
  const type = Type.forValue({ value });
  const inferred = type.schema().fields[0].type;
  const read = type.fromBuffer(type.toBuffer({ value })).value;
  console.log(`${value} is inferred as ${inferred} and read as ${read}`);
  if (inferred !== kind || read !== seen) throw new Error(`Changed: ${value} is no longer ${kind} and ${seen}.`);
}
const dated = Type.forValue({ at: new Date(0) });
if (dated.schema().fields[0].type.fields.length !== 0) throw new Error("Changed: a date is inferred otherwise.");
JS
node check.js
