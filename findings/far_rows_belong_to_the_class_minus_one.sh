#!/usr/bin/env bash
# ml-naivebayes 4.0.0 (npm) puts rows that are far from the others into a class -1, and refuses three rows at once.
#
# Expected: each row gets one of the classes of the training, the nearest one if it is far away; a column that is the
# same in all rows changes nothing; a batch may have any number of rows.
# Seen: with the classes 0 and 1, a temperature of 50 and of 1000 where the training had 1 to 5 gets -1, for both
# probabilities round to 0, and so do all rows as soon as one column is constant, and those of a class with one row. A
# batch of three rows with two columns is refused because "the dataset must have the same features"; two rows and four
# are not: the number of rows is compared with the number of columns and one.
# Why it matters: outliers are what a classifier of faults is there for, and -1 is no class: it falls out of each
# count. Whether a batch is predicted depends on how many rows have come in.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts "ml-naivebayes@4.0.0" >/dev/null

cat >check.js <<'JS'
const { GaussianNB } = require("ml-naivebayes");
function trained(rows, classes) {
  const model = new GaussianNB();
  model.train(rows, classes);
  return model;
}
const rows = [[1, 2], [1.1, 3], [5, 2.5], [5.2, 3.5]];
const model = trained(rows, [0, 0, 1, 1]);
const near = model.predict([[1, 2], [5, 3]]).join(" ");
const far = model.predict([[50, 3], [1000, 2]]).join(" ");
const constant = trained(rows.map(([value]) => [value, 7]), [0, 0, 1, 1]).predict([[1, 7], [5, 7]]).join(" ");
const alone = trained(rows.slice(0, 3), [0, 0, 1]).predict([[1, 2], [5, 2.5]]).join(" ");
console.log(`near ${near}; far ${far}; with a constant column ${constant}; a class of one row ${alone}`);
const sizes = [1, 2, 3, 4, 5].map((size) => {
  try {
    return model.predict(Array(size).fill([1, 2])).length;
  } catch (error) {
    return error.message;
  }
});
console.log("predicted of 1 to 5 rows:", sizes.join(", "));
const refused = "the dataset must have the same features as the training set";
const seen = [near, far, constant, alone, ...sizes].join("; ");
if (seen !== ["0 1", "-1 -1", "-1 -1", "0 -1", 1, 2, refused, 4, 5].join("; ")) {
  console.log("Changed:", seen);
  process.exit(1);
}
JS
node check.js
