#!/usr/bin/env bash
# borc 3.0.0 (npm) rounds the times that it writes into CBOR to seconds: 23:59:59.750 is midnight of the next day.
#
# Expected: a Date keeps its milliseconds, as tag 1 with a floating-point number, which cbor 10.0.12 (npm) writes and
# borc itself can read.
# Seen: .400 and less is cut, .600 is the next second, and the last half second of a day belongs to the next one. Four
# readings of one second share two times. No error.
# Why it matters: sensors on CBOR send several readings a second; sorted or joined by time they are ties, differences
# in time are 0, and a reading may be dated after the message that carries it.
# Source: RFC 8949, 3.4.2, epoch-based date/time; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "borc@3.0.0" "cbor@10.0.12" >/dev/null

cat >check.js <<'JS'
const borc = require("borc");
const cbor = require("cbor");

const CASES = {
  "2026-01-15T10:00:00.000Z": "2026-01-15T10:00:00.000Z",
  "2026-01-15T10:00:00.400Z": "2026-01-15T10:00:00.000Z",
  "2026-01-15T10:00:00.600Z": "2026-01-15T10:00:01.000Z",
  "2026-01-15T23:59:59.750Z": "2026-01-16T00:00:00.000Z",
};
for (const [time, seen] of Object.entries(CASES)) {
  const read = borc.decode(borc.encode(new Date(time))).toISOString();
  const other = borc.decode(cbor.encode(new Date(time))).toISOString();
  console.log(`${time}: written by borc ${read}, by cbor ${other}`);
  if (read !== seen) throw new Error(`Changed: ${time} is no longer written as ${seen}.`);
  if (other !== time) throw new Error("Changed: what cbor writes is read otherwise.");
}
JS
node check.js
