#!/usr/bin/env bash
# mt940-js 1.0.0 and mt940js 1.3.5 (npm) book on 2 January 2023 what was booked on 2 January 2024.
#
# Expected: a line of an account statement (MT940, field 61) has a value date with year, 231229, and an entry date
# without, 0102; the entry date is the one next to the value date, so 2 January 2024, as mt-940 5.1.1 (Python) reads it.
# Seen: both give the entry date the year of the value date: 2 January 2023, a year too early. The other way, a value
# date of 2 January and an entry on 31 December, is a year late. Within a year all is right. No error.
# Why it matters: banks book the interest and fees of a year in its first days, with the value of 31 December; sorted by
# entry date, the largest bookings stand a year apart from the others, and a cash forecast loses its turn of the year.
# Source: SWIFT MT940, field 61, subfields 1 and 2; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "mt940-js@1.0.0" "mt940js@1.3.5" "tslib@2.8.1" >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "mt-940==5.1.1"

cat >statement.txt <<'MT940'
:20:STATEMENT
:25:DE0212030000000000202051
:28C:1/1
:60F:C231229EUR100,00
:61:2312290102D20,00NTRFONE
:61:2401021231C5,00NTRFTWO
:61:2403010304C1,00NTRFTHREE
:62F:C240304EUR86,00
-
MT940
cat >check.js <<'JS'
const fs = require("fs");
const { read } = require("mt940-js");
const { Parser } = require("mt940js");

const day = (date) => new Date(date).toISOString().slice(0, 10);
const SEEN = "2023-12-29 2023-01-02, 2024-01-02 2024-12-31, 2024-03-01 2024-03-04";
(async () => {
  const bytes = fs.readFileSync("statement.txt");
  const [first] = await read(bytes);
  const [second] = new Parser().parse(bytes.toString());
  const pairs = {
    "mt940-js": first.transactions.map((booked) => `${day(booked.valueDate)} ${day(booked.entryDate)}`).join(", "),
    mt940js: second.transactions.map((booked) => `${day(booked.date)} ${day(booked.entryDate)}`).join(", "),
  };
  for (const [name, seen] of Object.entries(pairs)) {
    console.log(`${name}, value and entry dates: ${seen}`);
    if (seen !== SEEN) throw new Error(`Changed: ${name} no longer gives ${SEEN}.`);
  }
})();
JS
node check.js
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import mt940

booked = [str(line.data["entry_date"]) for line in mt940.parse("statement.txt").transactions]
print("mt-940", version("mt-940"), "entry dates:", booked)
if booked != ["2024-01-02", "2023-12-31", "2024-03-04"]:
    raise SystemExit("Changed: mt-940 no longer takes the entry date next to the value date.")
PYTHON
