#!/usr/bin/env bash
# technicalindicators 3.1.0 (npm) says that the highest of -5, -7 and -4 is 0, and that a still series is at its top.
#
# Expected: highest() of values below zero is -4; indicators that are built on it (stochastic, Williams %R, Ichimoku) do
# not change if all values are shifted by 100. Relative strength of a series without any change is 50, or not known.
# Seen: the highest is looked for from 0 on, so it is 0 until the first value above zero has come: Williams %R is -71.4
# where the shifted series gives -66.7, the stochastic 28.6 instead of 33.3, the Ichimoku lines -2.5 instead of -3. The
# relative strength of 10, 10, 10 and so on is 100. lowest() is right. No error.
# Why it matters: prices of electricity are below zero at noon, temperatures in winter, balances of an account at its
# worst; and a sensor that stands still gives the strongest signal there is.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund "technicalindicators@3.1.0" >/dev/null

cat >check.js <<'JS'
const { highest, lowest, rsi, williamsr, stochastic, ichimokucloud } = require("technicalindicators");
const prices = [-5, -7, -4, -9, -6];
const extremes = [highest({ period: 3, values: prices }).join(" "), lowest({ period: 3, values: prices }).join(" ")];
function indicators(shift) {
  const moved = (values) => values.map((value) => value + shift);
  const [high, low, close] = [[-1, -2, -3], [-5, -6, -7], [-3, -4, -5]].map(moved);
  const flat = { high: Array(60).fill(-1 + shift), low: Array(60).fill(-5 + shift) };
  const periods = { conversionPeriod: 9, basePeriod: 26, spanPeriod: 52, displacement: 26 };
  return [
    williamsr({ high, low, close, period: 3 })[0],
    stochastic({ high, low, close, period: 3, signalPeriod: 2 })[0].k,
    ichimokucloud({ ...flat, ...periods })[0].base - shift,
  ].map((value) => value.toFixed(1)).join(" ");
}
const still = rsi({ period: 3, values: [10, 10, 10, 10, 10] }).join(" ");
console.log(`highest and lowest of ${prices.join(", ")} in threes: ${extremes.join("; ")}`);
console.log(`Williams %R, stochastic and Ichimoku: ${indicators(0)}; shifted by 100: ${indicators(100)}`);
console.log(`relative strength of a series that stands still: ${still}`);
const seen = [...extremes, indicators(0), indicators(100), still].join("; ");
if (seen !== "0 0 0; -7 -9 -9; -71.4 28.6 -2.5; -66.7 33.3 -3.0; 100 100") {
  console.log("Changed:", seen);
  process.exit(1);
}
JS
node check.js
