#!/usr/bin/env bash
# feels 3.0.0 (npm): a room of 20 degrees has a heat index of 24.3, the same as one of 22, and less if it is damper.
#
# Expected: the heat index of the US weather service: below about 27 degrees a simple formula, which gives 19.7 and 21.8
# at a humidity of 50 %, the other formula above; a heat index rises with the humidity.
# Seen: the formula for heat is applied from 20 degrees on, where it turns round: 20 degrees feel like 17.6 at 5 %, 24.3
# at 50 % and 24.0 at 100 %. From 30 degrees on the answers are within a degree. like(), the mean of all indices that
# apply, takes it in. No warning; below 20 degrees it is refused.
# Why it matters: the index is a common feature for the load of air conditioning and for sales; most rows of a year lie
# between 20 and 27 degrees, where it tells humidity apart from comfort hardly and temperature not at all.
# Source: the heat index equation as published by the US National Weather Service; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund "feels@3.0.0" >/dev/null

cat >check.js <<'JS'
const module_ = require("feels");
const Feels = module_.default ?? module_;
const index = (temp, humidity) =>
  new Feels({ temp, humidity, speed: 0, units: { temp: "c", speed: "mps" } }).heatIndex().toFixed(1);
function published(celsius, humidity) {
  const degrees = celsius * 1.8 + 32;
  return ((0.5 * (degrees + 61 + (degrees - 68) * 1.2 + humidity * 0.094) + degrees) / 2 - 32) / 1.8;
}
for (const [celsius, humidity] of [[20, 50], [22, 50], [20, 5], [20, 100], [24, 5]]) {
  const right = published(celsius, humidity).toFixed(1);
  console.log(`${celsius} degrees, ${humidity} %: ${index(celsius, humidity)}, published formula ${right}`);
}
const seen = [index(20, 5), index(20, 50), index(20, 100), index(22, 50), index(30, 50)].join(" ");
if (seen !== "17.6 24.3 24.0 24.4 31.5") {
  console.log("Changed:", seen);
  process.exit(1);
}
JS
node check.js
