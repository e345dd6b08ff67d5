#!/usr/bin/env bash
# isolation-forest 0.0.9 (npm) draws its subsamples and does not use them, so that 100 faults in 5000 rows are normal.
#
# Expected: "subsamplingSize: size of used subsamples", 256 if nothing is said, "helps avoiding swamping and masking".
# Seen: the sample is drawn and dropped; each tree is built of all 5000 rows, while the scores are scaled for 256. A
# hundred faulty rows that stand close together far from the others score below 0.5, which the README calls quite safe
# to be normal; fitted with 256 rows that were drawn beforehand, the same class gives them 0.72. The score of
# an ordinary row falls with the number of rows, from 0.43 for 256 rows to 0.26 for 5000.
# Why it matters: a broken device repeats its fault, which is the case that subsamples are for; and a limit for the
# score that was found with a month of rows finds nothing in a year of them.
# Source: README of the package (parameters, anomaly score); found by running, with seeded random numbers.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts "isolation-forest@0.0.9" >/dev/null

cat >check.js <<'JS'
const { IsolationForest } = require("isolation-forest");
let state = 7;
Math.random = () => {
  state = (state * 16807) % 2147483647;
  return state / 2147483647;
};
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
function rowsOf(size, faults) {
  const rows = Array.from({ length: size }, () => [normal(), normal()]);
  for (let row = 0; row < faults; row += 1) rows[row] = [5 + 0.05 * normal(), 5 + 0.05 * normal()];
  return rows;
}
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const rows = rowsOf(5000, 100);
const forest = new IsolationForest(100, 256);
forest.fit(rows);
const faults = median(forest.predict(rows.slice(0, 100)));
const usual = median(forest.scores());
const small = new IsolationForest(100, 256);
small.fit(rows.filter((_, row) => row % 20 === 0).concat(rows.slice(2000, 2006)));
const drawn = median(small.predict(rows.slice(0, 100)));
const month = new IsolationForest(100, 256);
month.fit(rowsOf(256, 0));
const before = median(month.scores());
console.log(`faults score ${faults.toFixed(2)}, with 256 rows drawn beforehand ${drawn.toFixed(2)}`);
console.log(`an ordinary row scores ${before.toFixed(2)} among 256 and ${usual.toFixed(2)} among 5000`);
if (faults > 0.5 || drawn < 0.6 || before - usual < 0.1) {
  console.log("Changed: the trees are built of subsamples.");
  process.exit(1);
}
JS
node check.js
