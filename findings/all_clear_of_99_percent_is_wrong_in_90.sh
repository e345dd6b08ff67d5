#!/usr/bin/env bash
# ml-confusion-matrix 2.0.0 (npm) gives the rate of missed cases as the rate of false all-clears: 0.9 instead of 0.009.
#
# Expected: the false omission rate is the share of the negative answers that are wrong, FN / (FN + TN): 1 less the
# negative predictive value, which the library has too.
# Seen: it is FN / (FN + TP), the false negative rate. Of 1000 pumps ten fail and one of them is found: 9 of 999
# all-clears are wrong, and the library says 90 %. The negative predictive value beside it is 0.991. No error.
# Why it matters: the figure tells what an all-clear is worth. Where failures are rare it is wrong by a factor of a
# hundred, where they are common and found it is too low; a limit that is chosen by it is another one.
# Source: found by running; the two rates add up to 1 by their definitions.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "ml-confusion-matrix@2.0.0" >/dev/null

cat >check.js <<'JS'
const { ConfusionMatrix } = require("ml-confusion-matrix");

/** Return the rates of a test for failures: how many failed and were found or missed, and false alarms and the rest. */
function rates(found, missed, alarms, quiet) {
  const pairs = [["yes", "yes", found], ["yes", "no", missed], ["no", "yes", alarms], ["no", "no", quiet]];
  const rows = pairs.flatMap(([failed, said, count]) => Array(count).fill([failed, said]));
  const matrix = ConfusionMatrix.fromLabels(rows.map((row) => row[0]), rows.map((row) => row[1]));
  const values = [
    matrix.getFalseOmissionRate("yes"),
    1 - matrix.getNegativePredictiveValue("yes"),
    matrix.getFalseNegativeRate("yes"),
  ];
  return values.map((value) => value.toFixed(3)).join(" ");
}

const CASES = [
  ["ten of 1000 fail", rates(1, 9, 0, 990), "0.900 0.009 0.900"],
  ["600 of 1000 fail", rates(500, 100, 0, 400), "0.167 0.200 0.167"],
];
console.log("false omission rate, 1 - negative predictive value, false negative rate");
for (const [name, seen, wanted] of CASES) {
  console.log(`${name}: ${seen}`);
  if (seen !== wanted) throw new Error(`Changed: the rates were ${wanted}.`);
}
JS
node check.js
