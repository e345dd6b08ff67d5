#!/usr/bin/env bash
# vega-loader 5.1.3 (npm) reads the names "Pump 1" and "Pump 12" as 1 January and 1 December 2001.
#
# Expected: a column of names stays text when types are inferred; a date is what looks like one.
# Seen: with parse "auto" a column is of dates when JavaScript's Date.parse takes every value, and V8's takes any words
# before a number from 1 to 12: pumps, rooms ("B-3") and lines become milliseconds of 2001. The code 00123 becomes 123.
# With a "Pump 13" among them the column stays text; "Pump 32" is a day of 2032. No warning.
# Why it matters: Vega and its relatives draw and filter tables of machines by it; twelve machines of a plant become
# twelve months on a time axis, and the thirteenth changes all of them.
# Source: found by running; ECMA-262 leaves the other formats of Date.parse to the implementation.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "vega-loader@5.1.3" >/dev/null

cat >check.mjs <<'EOF'
import { read } from "vega-loader";

const names = (last) =>
  read(`pump,room,code\nPump 1,A-1,00123\nPump 2,B-3,00045\n${last},A-12,7\n`, { type: "csv", parse: "auto" });
const day = (value) => (typeof value === "number" ? new Date(value).toISOString().slice(0, 10) : value);
const seen = names("Pump 12").map((row) => [day(row.pump), day(row.room), row.code].join(" "));
const more = names("Pump 13").map((row) => day(row.pump));
console.log("twelve:", seen.join(", "), "more:", more.join(", "));
if (seen.join() !== "2001-01-01 2001-01-01 123,2001-02-01 2001-03-01 45,2001-12-01 2001-12-01 7")
  throw new Error("Changed: names with numbers are no longer dates, or codes keep their zeros.");
if (more.join() !== "Pump 1,Pump 2,Pump 13") throw new Error("Changed: names with 13 are no longer text.");
EOF
TZ=UTC node check.mjs
