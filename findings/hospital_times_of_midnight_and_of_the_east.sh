#!/usr/bin/env bash
# hl7-date 1.0.1 (npm) writes noon in Berlin with the zone "+-100", and midnight without time and zone.
#
# Expected: the time of an HL7 message is 202601151230+0100 in Berlin and 202601150000+0100 at midnight, as an instant.
# Seen: west of Greenwich the zone is right. East of it the sign is written twice, "+-100" and in India "+-6-30", which
# the library itself reads as no zone at all, so as the time of the machine that reads. At midnight hour, minute and
# zone are left out: a day, which is read in the zone of the reader. No error.
# Why it matters: a laboratory value goes from one hospital system to the next; where the reader's machine runs on UTC,
# a sample of 12:30 is an hour late, one of midnight in New York five hours early, on the day before.
# Source: HL7 version 2, data type DTM: YYYYMMDDHHMM+ZZZZ; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "hl7-date@1.0.1" >/dev/null

cat >write.js <<'JS'
const { stringify } = require("hl7-date");
console.log(stringify(new Date(2026, 0, 15, 12, 30)), stringify(new Date(2026, 0, 15)));
JS
cat >read.js <<'JS'
const { parse } = require("hl7-date");
console.log(process.argv.slice(2).map((text) => parse(text).toISOString().slice(0, 16)).join(" "));
JS
check() {
  read -r noon midnight <<<"$(TZ=$1 node write.js)"
  seen="$noon $midnight read on UTC: $(TZ=UTC node read.js "$noon" "$midnight")"
  echo "$1: $seen"
  if [ "$seen" != "$2" ]; then
    echo "Changed: expected $2" >&2
    exit 1
  fi
}
check America/New_York "202601151230-0500 20260115 read on UTC: 2026-01-15T17:30 2026-01-15T00:00"
check Europe/Berlin "202601151230+-100 20260115 read on UTC: 2026-01-15T12:30 2026-01-15T00:00"
check Asia/Kolkata "202601151230+-6-30 20260115 read on UTC: 2026-01-15T12:30 2026-01-15T00:00"
