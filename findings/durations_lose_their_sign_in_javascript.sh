#!/usr/bin/env bash
# iso8601-duration 2.1.4 and timestring 7.0.0 (npm) read "one day before" as one day after.
#
# Expected: -P1D and "-1h30m" are negative, as luxon 3.7.2 and parse-duration 2.1.9 read them, or they are refused.
# "1,5h" is an hour and a half or is refused.
# Seen: iso8601-duration reads -P1D as one day and -PT6H as six hours: its pattern finds a duration anywhere in the text
# and forgets the sign. timestring reads "-1h30m" as 5400 seconds. "1,5h" is fifteen hours for timestring and for
# parse-duration. Nothing is said.
# Why it matters: offsets, lags and windows stand in configurations as such texts ("the weather of one day before").
# With the sign gone a feature looks into the future: good in the test, missing or empty when it serves.
# Source: ISO 8601-2:2019, 4.4.1.9, has negative durations; so have XML Schema and Temporal.
# Needs: Node.js 18 or newer with npm.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" \
    "iso8601-duration@2.1.4" "timestring@7.0.0" "parse-duration@2.1.9" "luxon@3.7.2" >/dev/null

cat >check.mjs <<'EOF'
import { parse, toSeconds } from "iso8601-duration";
import parseDuration from "parse-duration";
import timestring from "timestring";
import { Duration } from "luxon";

const seen = {
  iso: ["P1D", "-P1D", "-PT6H"].map((text) => toSeconds(parse(text))),
  luxon: ["P1D", "-P1D", "-PT6H"].map((text) => Duration.fromISO(text).as("seconds")),
  timestring: ["1h30m", "-1h30m", "1,5h"].map((text) => timestring(text)),
  parseDuration: ["1h30m", "-1h30m", "1,5h"].map((text) => parseDuration(text) / 1000),
};
console.log(JSON.stringify(seen));
const wanted = {
  iso: [86400, 86400, 21600],
  luxon: [86400, -86400, -21600],
  timestring: [5400, 5400, 54000],
  parseDuration: [5400, -5400, 54000],
};
if (JSON.stringify(seen) !== JSON.stringify(wanted)) {
  console.error("Changed: the signs, or the comma, are no longer read like that.");
  process.exit(1);
}
EOF

node check.mjs
