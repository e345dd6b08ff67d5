#!/usr/bin/env bash
# @tidyjs/tidy 2.6.1 (npm) fills gaps between month ends, and throws away February, March and April with their values.
#
# Expected: complete() adds the rows that are missing and keeps those that are there, as in R;
# fullSeqDate(column, "month") is the sequence of months between the first and the last date.
# Seen: four month ends with the values 1, 2, 3, 4 become three rows: 31 January with 1, 2 March with 0 and 2 April with
# 0. Each step adds one to the number of the month, so 31 January goes to "31 February", and stays on the 2nd; what is
# not in that sequence is dropped. With the first days of the months all four rows are kept. No error.
# Why it matters: turnover, meter readings and accounts are dated by the end of the month; filling one gap replaces the
# whole series after January by the value for "nothing", and a year has eleven months.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "@tidyjs/tidy@2.6.1" >/dev/null

cat >check.js <<'JS'
const { complete, fullSeqDate, tidy, vectorSeqDate } = require("@tidyjs/tidy");
const day = (date) => date.toISOString().slice(0, 10);
function filled(days) {
  const rows = days.map((text, index) => ({ day: new Date(text), value: index + 1 }));
  const answer = tidy(rows, complete({ day: fullSeqDate("day", "month") }, { value: 0 }));
  return answer.map((row) => `${day(row.day)}=${row.value}`).join(" ");
}
const first = filled(["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]);
const last = filled(["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]);
const months = vectorSeqDate([new Date("2024-01-31"), new Date("2024-12-31")], "month");
console.log(`first days: ${first}\nlast days: ${last}\nmonths of a year: ${months.map(day).join(" ")}`);
if (first !== "2024-01-01=1 2024-02-01=2 2024-03-01=3 2024-04-01=4") throw new Error("Changed: first days differ.");
if (last !== "2024-01-31=1 2024-03-02=0 2024-04-02=0") throw new Error("Changed: month ends are kept otherwise.");
if (months.length !== 11) throw new Error("Changed: a year of month ends has other months.");
JS
TZ=UTC node check.js
