#!/usr/bin/env bash
# tableschema 1.12.6 (npm) reads 2026-01-15 on a machine in Berlin so that it is stored and sent as the 14th.
#
# Expected: a date of a Table Schema has no zone; read in Berlin, in New York or on UTC it is the same day in the JSON
# that is sent and in the database; 12:30:00Z is 12:30 in UTC everywhere.
# Seen: the day becomes midnight of the machine's zone, so that JSON says 2026-01-14T23:00Z in Berlin, and the
# 15th in New York. The Z of a date time is not looked at: 12:30:00Z is 11:30 in UTC if it is read in Berlin, 17:30 in
# New York. A clock time is one of the day on which it is read, and "03/02/2026" of format "any" is 2 March. No error.
# Why it matters: a developer in Berlin loads other days than the server on UTC; joined with days from Python every row
# meets the day before, and a model is trained on yesterday's weather.
# Source: Table Schema, types date, time and datetime; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "tableschema@1.12.6" >/dev/null

cat >read.js <<'JS'
const { Field } = require("tableschema");

const read = (type, format, text) => new Field({ name: "column", type, format }).castValue(text);
const sent = (value) => JSON.parse(JSON.stringify(value)).slice(0, 16);
const today = new Date();
const time = read("time", "default", "12:30:00");
console.log(
  [
    sent(read("date", "default", "2026-01-15")),
    sent(read("datetime", "%d/%m/%Y %H:%M", "03/02/2026 12:30")),
    sent(read("datetime", "default", "2026-02-03T12:30:00Z")),
    read("date", "any", "03/02/2026").getMonth() + 1,
    time.toDateString() === today.toDateString() ? "today" : "another day",
  ].join(" "),
);
JS
check() {
  seen=$(TZ=$1 node read.js 2>/dev/null)
  echo "$1: $seen"
  if [ "$seen" != "$2" ]; then
    echo "Changed: expected $2" >&2
    exit 1
  fi
}
check UTC "2026-01-15T00:00 2026-02-03T12:30 2026-02-03T12:30 3 today"
check Europe/Berlin "2026-01-14T23:00 2026-02-03T11:30 2026-02-03T11:30 3 today"
check America/New_York "2026-01-15T05:00 2026-02-03T17:30 2026-02-03T17:30 3 today"
