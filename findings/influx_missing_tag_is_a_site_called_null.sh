#!/usr/bin/env bash
# influx 5.12.0 (npm) writes a missing tag as the tag "null", an empty whole number as 0, and -2.9 as -3.
#
# Expected: a tag or a field without a value is left out of the line, or refused, as fields of null are left out and the
# whole number "12abc" is refused.
# Seen: a tag of null becomes the series site=null, and "" becomes "site=", which line protocol does not allow; with a
# schema the integer field "" becomes 0i and the float field "" becomes "f=". 2.9 is cut to 2i, -2.9 to -3i. No error.
# Why it matters: rows of a form or a CSV file have such holes; readings without a site are averaged into one that looks
# real, and zeros that nobody measured enter sums. A missing tag is found by no query for missing tags.
# Source: InfluxDB line protocol reference; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "influx@5.12.0" >/dev/null

cat >check.js <<'EOF'
const { FieldType, InfluxDB } = require("influx");

const lines = [];
const schema = [{ measurement: "m", fields: { f: FieldType.FLOAT, i: FieldType.INTEGER }, tags: ["site"] }];
const database = new InfluxDB({ database: "d", schema });
database._pool = { discard: (request) => Promise.resolve(lines.push(request.body)) };

/** Return the line that is sent for this point. */
function line(point) {
  lines.length = 0;
  database.writePoints([{ measurement: "m", ...point }]);
  return lines[0];
}

const expected = [
  [{ tags: { site: "a" }, fields: { f: 1.5, i: null } }, "m,site=a f=1.5"],
  [{ tags: { site: null }, fields: { f: 1 } }, "m,site=null f=1"],
  [{ tags: { site: "" }, fields: { f: 1 } }, "m,site= f=1"],
  [{ fields: { i: "" } }, "m i=0i"],
  [{ fields: { f: "" } }, "m f="],
  [{ fields: { i: 2.9 } }, "m i=2i"],
  [{ fields: { i: -2.9 } }, "m i=-3i"],
];
for (const [point, wanted] of expected) {
  const seen = line(point);
  console.log(JSON.stringify(point), "->", seen);
  if (seen !== wanted) throw new Error(`Changed: the line was ${wanted}.`);
}
let refused = false;
try {
  line({ fields: { i: "12abc" } });
} catch (error) {
  refused = /Expected numeric value/.test(error.message);
}
if (!refused) throw new Error("Changed: a text that is no number is taken.");
EOF
node check.js
