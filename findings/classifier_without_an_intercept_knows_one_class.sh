#!/usr/bin/env bash
# ml-logistic-regression 2.0.0 (npm) gives all rows one class where 20 degrees and 70 degrees part, and renames classes.
#
# Expected: a logistic regression has an intercept, or asks for a column of ones; labels other than 0, 1, 2 come back
# as they were, or are refused.
# Seen: trained with 20, 21, 22 (class 0) and 70, 71, 72 (class 1) it says 1 for each of them, and with the labels the
# other way round always 0: without an intercept the score of a positive column has one sign. Labels 1 and 2 come back
# as 1 and 0, labels 10 and 20 as 0 for all rows. No error, no warning, no word in the README.
# Why it matters: temperatures, pressures, ages and amounts are positive and rarely centred, and one class for every
# row looks like a model that found nothing. Labels that begin with 1 are common.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund "ml-logistic-regression@2.0.0" "ml-matrix@6.12.1" >/dev/null

cat >check.js <<'JS'
const { Matrix } = require("ml-matrix");
const module_ = require("ml-logistic-regression");
const LogisticRegression = module_.default ?? module_;
function answers(rows, labels) {
  const model = new LogisticRegression({ numSteps: 20000, learningRate: 1e-3 });
  model.train(new Matrix(rows), Matrix.columnVector(labels));
  return model.predict(new Matrix(rows)).join(" ");
}
const degrees = [20, 21, 22, 70, 71, 72];
const plain = degrees.map((degree) => [degree]);
const ones = degrees.map((degree) => [degree, 1]);
const centred = degrees.map((degree) => [(degree - 46) / 25]);
const seen = {
  "0 0 0 1 1 1": answers(plain, [0, 0, 0, 1, 1, 1]),
  "1 1 1 0 0 0": answers(plain, [1, 1, 1, 0, 0, 0]),
  "0 0 0 1 1 1, with a column of ones": answers(ones, [0, 0, 0, 1, 1, 1]),
  "0 0 0 1 1 1, centred": answers(centred, [0, 0, 0, 1, 1, 1]),
  "1 1 1 2 2 2, centred": answers(centred, [1, 1, 1, 2, 2, 2]),
  "10 10 10 20 20 20, centred": answers(centred, [10, 10, 10, 20, 20, 20]),
};
for (const [labels, predicted] of Object.entries(seen)) console.log(`labels ${labels}: predicted ${predicted}`);
const expected = ["1 1 1 1 1 1", "0 0 0 0 0 0", "0 0 0 1 1 1", "0 0 0 1 1 1", "1 1 1 0 0 0", "0 0 0 0 0 0"];
if (Object.values(seen).join() !== expected.join()) {
  console.log("Changed: the classes are told apart, or labels come back as they were.");
  process.exit(1);
}
JS
node check.js
