#!/usr/bin/env bash
# dataframe-js 1.4.4 (npm) says that the lowest of 3, 5 and a missing value is 0.
#
# Expected: missing values (null) are left out of the lowest and highest value, as the mean of the same column leaves
# them out.
# Seen: the minimum of 3, null and 5 is 0, the maximum of -5, null and -1 is 0, while the means are 4 and -3. Without
# null both are right. No error.
# Why it matters: scales, alarms and range checks are taken from the lowest and highest value; a column with holes
# reaches to zero, so that readings near zero pass as known ones, and the warmest hour of a frost is 0 degrees.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "dataframe-js@1.4.4" >/dev/null

cat >check.js <<'EOF'
const { DataFrame } = require("dataframe-js");
function figures(values) {
  const statistics = new DataFrame(values.map((value) => [value]), ["v"]).stat;
  return [statistics.min("v"), statistics.max("v"), statistics.mean("v")].join(" ");
}
const expected = [
  [[3, null, 5], "0 5 4"],
  [[3, 5], "3 5 4"],
  [[-5, null, -1], "-5 0 -3"],
  [[-5, -1], "-5 -1 -3"],
];
for (const [values, wanted] of expected) {
  const seen = figures(values);
  console.log(`${JSON.stringify(values)}: lowest, highest and mean are ${seen}`);
  if (seen !== wanted) throw new Error(`Changed: ${JSON.stringify(values)} no longer gives ${wanted}.`);
}
EOF
node check.js
