#!/usr/bin/env bash
# timeseries-analysis 1.0.12 (npm) replaces a series by its z-scores when it is asked for outliers, and gives the oldest
# reading the most weight in its weighted average.
#
# Expected: outliers() tells which readings stand out, with their values; the documentation lists it beside min() and
# mean(), which change nothing. A linear weighted moving average gives the newest reading the largest weight, an
# exponential one remembers all readings.
# Seen: after outliers() the mean of twelve readings around 11 is 0 and the highest is 3.3 instead of 99: the rows that
# were handed in are overwritten, reset() does not bring them back, and the reading that stands out is told as 3.3.
# lwma({period: 4}) answers to one reading of 100 with 10, 20, 30, 40, so it counts most when it is about to leave the
# window; ema({period: 3}) answers with 50, 50, 0, so it is the mean of two readings.
# Why it matters: a check before a forecast turns the forecast into one of z-scores. A weighted average is taken to
# follow a change faster than a plain one, and this one follows it more slowly.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts "timeseries-analysis@1.0.12" >/dev/null

cat >check.js <<'JS'
const timeseries = require("timeseries-analysis");
const series = (values) => new timeseries.main(values.map((value, day) => [new Date(2026, 0, day + 1), value]));
const rounded = (values) => values.map((value) => Number(value.toFixed(2))).join(" ");

const loads = series([10, 11, 10, 12, 11, 10, 11, 12, 10, 11, 99, 11]);
const before = rounded([loads.mean(), loads.max()]);
const outliers = rounded(loads.outliers().map(([, value]) => value));
const after = rounded([Math.abs(loads.mean()), loads.max()]);
const reset = rounded([loads.reset().max()]);
console.log(`mean and maximum ${before}; outliers ${outliers}; then ${after}, and a maximum of ${reset} after reset()`);

const pulse = [0, 0, 0, 0, 100, 0, 0, 0, 0, 0];
const weighted = rounded(series(pulse).lwma({ period: 4 }).toArray());
const exponential = rounded(series(pulse).ema({ period: 3 }).toArray());
console.log(`pulse ${pulse.join(" ")}\nlwma  ${weighted}\nema   ${exponential}`);

const seen = [before, outliers, after, reset, weighted, exponential].join("; ");
if (seen !== "18.17 99; 3.32; 0 3.32; 3.32; 0 0 0 0 0 10 20 30 40 0; 0 0 0 0 50 50 0 0 0 0") {
  console.log(`Changed: ${seen}`);
  process.exit(1);
}
JS
node check.js
