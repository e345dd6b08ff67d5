#!/usr/bin/env bash
# edfdecoder 0.1.2 (npm) dates an EDF recording of 1 January 2024 on 1 February 1924.
#
# Expected: the header of EDF holds dd.mm.yy; 85 to 99 are 1985 to 1999, 00 to 84 are 2000 to 2084.
# Seen: the century is always the 20th, and each month is one too late: 01.01.24 is 1 February 1924, 31.01.24 is 2 March
# 1924, and 15.12.99 is 15 January 2000. The samples beside it are right. No error.
# Why it matters: the channels of sleep, heart and machine recordings are joined with other tables by their time, and
# ages are reckoned from it; differences between two recordings are off by up to three days, which looks plausible.
# Source: EDF specification, header record and its note on the year 2000; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "edfdecoder@0.1.2" >/dev/null

cat >check.js <<'JS'
const { EdfDecoder } = require("edfdecoder");
function recording(date) {
  const general = [["0", 8], ["X X X X", 80], ["Startdate X X X X", 80], [date, 8], ["12.00.00", 8], [512, 8]];
  const records = [["", 44], [1, 8], [1, 8], [1, 4]];
  const signal = [["Temp rectal", 16], ["", 80], ["degC", 8], [20, 8], [40, 8], [-2000, 8], [2000, 8], ["", 80]];
  const fields = [...general, ...records, ...signal, [3, 8], ["", 32]];
  const bytes = Buffer.alloc(518);
  bytes.write(fields.map(([value, length]) => String(value).padEnd(length)).join(""), "latin1");
  [-2000, 0, 2000].forEach((sample, index) => bytes.writeInt16LE(sample, 512 + 2 * index));
  const decoder = new EdfDecoder();
  decoder.setInput(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  decoder.decode();
  const file = decoder.getOutput();
  const start = file.getRecordingStartDate();
  const read = [start.getFullYear(), start.getMonth() + 1, start.getDate()].join("-");
  return `${read} ${Array.from(file.getPhysicalSignal(0, 0)).join(" ")}`;
}
const expected = { "01.01.24": "1924-2-1", "31.01.24": "1924-3-2", "15.12.99": "2000-1-15" };
for (const [date, wrong] of Object.entries(expected)) {
  const read = recording(date);
  console.log(`${date}: ${read}`);
  if (read !== `${wrong} 20 30 40`) throw new Error("Changed: the date, or the samples, are read otherwise.");
}
JS
node check.js
