#!/usr/bin/env bash
# simple-statistics 7.12.1 (npm) knows no probability below 0.001: a reading six sigma out is as likely as one of 3.1.
#
# Expected: cumulativeStdNormalProbability(z) is the probability of a value below z, for any z; the documentation names
# no limit.
# Seen: it looks into a table that ends at 3.09. Below -3.09 the answer is 0.001 whichever z: for -6 that is a million
# times too much (9.9e-10). Above 3.09 it stays at 0.999. From -3 to 3 it is right.
# Why it matters: faults per million of a process (six sigma), limits of a control chart and false alarms a month are
# computed from the tails only: a process with one fault in a thousand million is said to have a thousand in a million.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund "simple-statistics@7.12.1" >/dev/null

cat >check.js <<'JS'
const { cumulativeStdNormalProbability: probability } = require("simple-statistics");
const right = { "-1.96": 0.025, "-3": 0.00135, "-3.5": 0.000233, "-4.5": 3.4e-6, "-6": 9.9e-10 };
for (const [z, value] of Object.entries(right)) {
  console.log(`below ${z} sigma: ${probability(Number(z))}, right is ${value}`);
}
const seen = [-1.96, -3.5, -4.5, -6, 6, 1.96].map((z) => Number(probability(z).toFixed(6)));
console.log(seen.join(" "));
if (seen.join(" ") !== "0.025 0.001 0.001 0.001 0.999 0.975") {
  console.log("Changed: the table is no longer the limit.");
  process.exit(1);
}
JS
node check.js
