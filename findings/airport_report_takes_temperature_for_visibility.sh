#!/usr/bin/env bash
# aewx-metar-parser 3.0.2 (npm) says that one sees 1.67 metres, because it is 5 degrees and the dew point is 3.
#
# Expected: 9999NDV is a visibility of ten kilometres and more from an automatic station, M1/4SM is less than a quarter
# of a mile, //// is not measured; 05/03 are temperature and dew point in each of them.
# Seen: a group for the visibility that the parser does not know is skipped; if no layer of clouds follows (NCD, VV001),
# 05/03 is taken for the fraction 5/3 as visibility: 1.67 m, category LIFR, and temperature, dew point and pressure are
# missing. Below zero, or under a layer, densest fog has the default of 9999 m. 9999 and 1/4SM are right. No error.
# Why it matters: a clear day of an automatic station is the densest fog of the record, and real fog in frost is a clear
# day; both are well-formed reports, and the wrong value depends on the temperature.
# Source: WMO manual on codes, FM 15 METAR, and FMH-1, visibility group; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "aewx-metar-parser@3.0.2" >/dev/null

cat >check.js <<'JS'
const imported = require("aewx-metar-parser");
const parse = imported.metarParser || imported.default || imported;
const reports = [
  ["EDDF 010050Z 24005KT 9999 FEW030 05/03 Q1013", "9999 5 1013"],
  ["KJFK 010051Z 18010KT 1/4SM FG VV001 05/03 Q1013", "402 5 1013"],
  ["EDDF 010050Z 24005KT 9999NDV NCD 05/03 Q1013", "1.67 null null"],
  ["EDDF 010050Z 24005KT //// NCD 12/10 Q1013", "1.20 null null"],
  ["KJFK 010051Z 18010KT M1/4SM FG VV001 05/03 Q1013", "1.67 null null"],
  ["KJFK 010051Z 18010KT M1/4SM FG OVC002 05/03 Q1013", "9999 5 1013"],
  ["KJFK 010051Z 18010KT M1/4SM FG VV001 M05/M07 Q1013", "9999 null null"],
];
for (const [report, expected] of reports) {
  const { visibility, temperature, barometer } = parse(report);
  const metres = visibility.meters > 100 ? Math.round(visibility.meters) : visibility.meters.toFixed(2);
  const pressure = barometer.mb === null ? null : Math.round(barometer.mb);
  const read = `${metres} ${temperature.celsius} ${pressure}`;
  console.log(`${report}: metres, degrees, hPa: ${read}`);
  if (read !== expected) throw new Error("Changed: the report is read otherwise.");
}
JS
node check.js
