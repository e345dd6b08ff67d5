#!/usr/bin/env bash
# jstat 1.9.6 (npm) calls the probability of at most 160 events Infinity, and a histogram of equal readings is empty.
#
# Expected: a probability between 0 and 1; each reading in one bin; the lower and the upper quartile as far from the
# ends of a sample as each other.
# Seen: poisson.cdf(160, 200) is Infinity (0.0019 is right), of 200 it is NaN, of poisson.pdf(150, 130) Infinity (0.0075
# is right): powers and factorials are computed apart and overflow. histogram([5, 5, 5, 5], 4) is 0, 0, 0, 0, and
# quartiles([1, 2, 3, 4, 5]) is 1, 3, 4. No error.
# Why it matters: counts of calls, orders and faults an hour are easily above 150, and Infinity is above each limit for
# an alarm, NaN below. A sensor that stands still has a histogram without any reading.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund "jstat@1.9.6" >/dev/null

cat >check.js <<'JS'
const { jStat } = require("jstat");
const seen = {
  "at most 10 of 12 expected": jStat.poisson.cdf(10, 12).toFixed(4),
  "at most 160 of 200 expected": jStat.poisson.cdf(160, 200),
  "at most 200 of 200 expected": jStat.poisson.cdf(200, 200),
  "150 of 130 expected": jStat.poisson.pdf(150, 130),
  "histogram of 5 5 5 5": jStat.histogram([5, 5, 5, 5], 4).join(" "),
  "quartiles of 1 2 3 4 5": jStat.quartiles([1, 2, 3, 4, 5]).join(" "),
};
for (const [name, value] of Object.entries(seen)) console.log(`${name}: ${value}`);
if (Object.values(seen).join("; ") !== "0.3472; Infinity; NaN; Infinity; 0 0 0 0; 1 3 4") {
  console.log("Changed: counts of this size have a probability now, or each reading is in a bin.");
  process.exit(1);
}
JS
node check.js
