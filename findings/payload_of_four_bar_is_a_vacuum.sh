#!/usr/bin/env bash
# cayenne-lpp 1.0.2 (npm) sends a pressure of 4000 hPa so that it is read as -2553.6, and 0.29 as 0.28.
#
# Expected: what the library encodes within the limits that it checks (up to 6553.5 hPa) it decodes to the same value;
# a value of two decimals is sent with both.
# Seen: pressures are written without a sign and read with one, so all from 3276.8 on come back negative. Analog values
# lose a hundredth wherever the product with 100 is a hair below the whole number, for it is cut: 2292 of the 32767
# positive ones, among them 0.29, 0.57 and 1.13. No error.
# Why it matters: four bar is the pressure of water pipes, brakes and compressed air. A tenth of the small readings that
# are a hundredth too low is a pattern that a model finds.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund "cayenne-lpp@1.0.2" >/dev/null

cat >check.js <<'JS'
const { encoder, decoder } = require("cayenne-lpp");
const pressure = (value) => decoder.decode(encoder.encodeBarometricPressure(1, value))[0].barometric_pressure_1;
const analog = (value) => decoder.decode(encoder.encodeAnalogInput(1, value))[0].analog_input_1;

const pressures = [1013.2, 3276.7, 3276.8, 4000, 6553.5].map(pressure);
const readings = [0.28, 0.29, 0.57, 1.13].map(analog);
let lower = 0;
for (let hundredths = 1; hundredths <= 32767; hundredths += 1) {
  if (analog(hundredths / 100) !== hundredths / 100) lower += 1;
}
console.log(`1013.2, 3276.7, 3276.8, 4000 and 6553.5 hPa are read as ${pressures.join(", ")}`);
console.log(`0.28, 0.29, 0.57 and 1.13 are read as ${readings.join(", ")}; ${lower} of 32767 values are lower`);
const seen = JSON.stringify([pressures, readings, lower]);
if (seen !== "[[1013.2,3276.7,-3276.8,-2553.6,-0.1],[0.28,0.28,0.56,1.12],2292]") {
  console.log("Changed:", seen);
  process.exit(1);
}
JS
node check.js
