#!/usr/bin/env bash
# ml-spectra-processing 14.35.1 (npm) resamples a constant 5 to 4.375 at both ends, and finds a quarter below the least.
#
# Expected: a curve that is resampled to the points that it has already is the same curve; where it was not measured
# there is no value; a quarter of a size distribution is not smaller than its smallest size.
# Seen: xyEquallySpaced of five points of 5, resampled to five points, is 4.375, 5, 5, 5, 4.375, and 0 and 0.625 come
# before the first point, since all outside counts as 0. A temperature of -10 rises by a degree. xyInterpolateLinear
# goes on with the line before the first point and stands still behind the last one. Of equal shares at 10, 20 and 30
# xyCumulativeDistributionStatistics says that a quarter lies below 7.5. No error.
# Why it matters: spectra are resampled to one grid before they become the columns of a table; the ends of each
# instrument's range sink, and instruments with another range become a group of their own.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund "ml-spectra-processing@14.35.1" >/dev/null

cat >check.js <<'JS'
const processing = require("ml-spectra-processing");
const text = (values) => Array.from(values, (value) => Number(value.toFixed(3))).join(" ");
const x = [0, 1, 2, 3, 4];
const resampled = (y, options) => text(processing.xyEquallySpaced({ x, y }, options).y);
const seen = {
  "a constant 5 on its own points": resampled([5, 5, 5, 5, 5], { numberOfPoints: 5 }),
  "a constant -10 on its own points": resampled([-10, -10, -10, -10, -10], { numberOfPoints: 5 }),
  "a constant 5 from -2 to 6": resampled([5, 5, 5, 5, 5], { from: -2, to: 6, numberOfPoints: 9 }),
  "0 to 100 at -5, 5 and 15": text(processing.xyInterpolateLinear({ x: [0, 10], y: [0, 100] }, [-5, 5, 15])),
};
const sizes = processing.xyCumulativeDistributionStatistics({ x: [10, 20, 30], y: [1, 1, 1] });
seen["smallest, quarter and half of 10, 20, 30"] = text([sizes.x0, sizes.x25, sizes.x50]);
for (const [name, values] of Object.entries(seen)) console.log(`${name}: ${values}`);
const expected = ["4.375 5 5 5 4.375", "-8.75 -10 -10 -10 -8.75"];
expected.push("0 0.625 4.375 5 5 5 4.375 0.625 0", "-50 50 100", "10 7.5 15");
if (Object.values(seen).join("; ") !== expected.join("; ")) {
  console.log("Changed: expected", expected.join("; "));
  process.exit(1);
}
JS
node check.js
