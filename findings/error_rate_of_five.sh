#!/usr/bin/env bash
# ml-performance 0.2.0 (npm) finds an error rate of 5 and an accuracy of 2.25, where ten rows have nine right answers.
#
# Expected: accuracy is the share of rows that are right and the error rate that of wrong ones; they lie between 0 and 1
# and make 1 together, at each limit of the score.
# Seen: accuracy is divided by the number of different scores instead of rows: it is right as long as all scores differ,
# and 2.25 for ten rows of four scores. The error rate adds whole missed rows to a share of false alarms: 5 and 1.1. The
# area under the curve is right, 0.96. No error.
# Why it matters: a first test on scores that all differ shows the right accuracy; trees and rounded
# probabilities have few different ones, and the limit with the best of these figures becomes the limit of the service.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "ml-performance@0.2.0" >/dev/null

cat >check.js <<'JS'
const Performance = require("ml-performance");

/** Return accuracy and error rate at each limit, and the area under the curve, of scores and outcomes. */
function measured(scores, outcomes) {
  const performance = new Performance([scores], [outcomes], { all: true, max: true });
  const rounded = (name) => performance.getMeasure(name).map((value) => Math.round(value * 1000) / 1000).join(" ");
  return `acc ${rounded("acc")}, err ${rounded("err")}, area ${performance.getAURC().toFixed(2)}`;
}

const outcomes = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
const CASES = [
  [
    "all scores differ",
    [0.95, 0.9, 0.85, 0.8, 0.4, 0.45, 0.3, 0.2, 0.1, 0.05],
    "acc 0.5 0.6 0.7 0.8 0.9 0.8 0.9 0.8 0.7 0.6 0.5, err 5 4 3 2 1 1.1 0.1 0.2 0.3 0.4 0.5, area 0.96",
  ],
  [
    "four scores",
    [0.9, 0.9, 0.9, 0.9, 0.4, 0.4, 0.2, 0.2, 0.1, 0.1],
    "acc 1.25 2.25 2.25 1.75 1.25, err 5 1 0.25 0.75 1.25, area 0.98",
  ],
];
for (const [name, scores, wanted] of CASES) {
  const seen = measured(scores, outcomes);
  console.log(`${name}: ${seen}`);
  if (seen !== wanted) throw new Error(`Changed: ${name} gave ${wanted}.`);
}
JS
node check.js
