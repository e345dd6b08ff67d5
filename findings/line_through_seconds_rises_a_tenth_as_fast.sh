#!/usr/bin/env bash
# ml-regression 6.3.0 (npm) lays a line with a tenth of the slope through readings of one a second, and its R2 is 1.
#
# Expected: the line through 20, 21, 22 and so on, a second apart, rises by 1 a second and goes on with 44; if the times
# are too large to compute with, R2 says so.
# Seen: with times in milliseconds since 1970, as Date gives them, the line rises by 0.10 a second and goes on with
# 32.8; with times in seconds it is about the same. R2 is 1.0000, since it is a correlation and does not look at the
# line. With days it is right. A polynomial of degree 4 through ten years that are written 2015 to 2024 goes on with
# 11.8, through 0 to 9, the same years, with 9.75. No warning.
# Why it matters: a fill level that is reached in 10 minutes is forecast for 100, and the figure that is looked at to
# trust the line is perfect.
# Source: found by running; sums of squares are subtracted that differ in their last digits.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund "ml-regression@6.3.0" "ml-regression-simple-linear@3.0.1" \
  "ml-regression-polynomial@3.0.2" >/dev/null

cat >check.js <<'JS'
const { SLR, PolynomialRegression } = require("ml-regression");
const start = Date.UTC(2026, 0, 15);
const readings = Array.from({ length: 24 }, (_, index) => 20 + index);
function line(origin, step) {
  const times = readings.map((_, index) => origin + index * step);
  const fit = new SLR(times, readings);
  return [fit.slope * step, fit.predict(origin + 24 * step), fit.score(times, readings).r2];
}
const seen = {
  "seconds in milliseconds since 1970": line(start, 1000),
  "seconds in seconds since 1970": line(start / 1000, 1),
  "days in milliseconds since 1970": line(start, 86400000),
  "seconds from the first reading": line(0, 1),
};
for (const [name, [slope, next, r2]] of Object.entries(seen)) {
  console.log(`${name}: slope ${slope.toFixed(2)}, next ${next.toFixed(1)}, R2 ${r2.toFixed(4)}`);
}
const sales = [3, 5, 4, 8, 6, 9, 7, 12, 10, 11];
const after = (first) => new PolynomialRegression(sales.map((_, year) => first + year), sales, 4).predict(first + 10);
console.log(`year after the ten: ${after(2015).toFixed(2)} by 2015 to 2024, ${after(0).toFixed(2)} by 0 to 9`);
const [milliseconds, seconds, days, shifted] = Object.values(seen);
const wrong = [milliseconds, seconds].every(([slope, next, r2]) => slope < 0.2 && next < 35 && r2 > 0.999);
const right = [days, shifted].every(([slope, next]) => Math.abs(slope - 1) < 1e-6 && Math.abs(next - 44) < 1e-6);
if (!wrong || !right || after(2015) - after(0) < 1) {
  console.log("Changed: the slope is right, or R2 tells that it is not.");
  process.exit(1);
}
JS
node check.js
