#!/usr/bin/env bash
# regression 2.0.1 (npm) rounds its coefficients to two decimals and predicts with them: a slope of 0.004 is 0.
#
# Expected: coefficients are rounded when they are shown, and predictions, r2 and the equation come from the fit.
# Seen: with the defaults a line through exact points with the slope 0.004 is y = 0x + 9.8; it predicts 9.8 everywhere,
# where 0 to 19.6 is right, and r2 is 0. With { precision: 10 } the line and r2 are exact. An exponential curve that
# grows by a thousandth a step is flat, too. No warning.
# Why it matters: a slope per second, per kilometre or per euro is small by its unit alone; the same data in hours give
# a good model and in seconds none.
# Source: the README calls this option a number of significant figures, of which 0.004 has one; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "regression@2.0.1" >/dev/null

cat >check.js <<'JS'
const regression = require("regression");

const seconds = Array.from({ length: 50 }, (_, step) => [step * 100, step * 100 * 0.004]);
const hours = seconds.map(([second, value]) => [second / 3600, value]);
const rounded = regression.linear(seconds);
const exact = regression.linear(seconds, { precision: 10 });
const inHours = regression.linear(hours);
const grown = regression.exponential(seconds.map(([second]) => [second, Math.exp(second / 1000)]));
console.log("in seconds:", rounded.string, "r2", Math.abs(rounded.r2), "at 4900:", rounded.predict(4900)[1]);
console.log("with precision 10:", exact.string, "r2", exact.r2, "at 4900:", exact.predict(4900)[1]);
console.log("in hours:", inHours.string, "r2", inHours.r2, "exponential:", grown.equation.join(" "));
if (rounded.equation[0] !== 0 || rounded.predict(4900)[1] !== 9.8) throw new Error("Changed: the slope is kept now.");
if (Math.abs(rounded.r2) > 0.01) throw new Error("Changed: r2 is another one.");
if (exact.predict(4900)[1] !== 19.6 || exact.r2 !== 1) throw new Error("Changed: precision 10 is no longer exact.");
if (Math.abs(inHours.predict(4900 / 3600)[1] - 19.6) > 0.01) throw new Error("Changed: in hours the line is another.");
if (grown.equation[1] !== 0) throw new Error("Changed: the exponential curve grows now.");
JS
node check.js
