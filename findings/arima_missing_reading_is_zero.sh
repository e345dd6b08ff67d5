#!/usr/bin/env bash
# arima 0.2.8 (npm) takes a missing reading for 0, and forecasts as if the load had broken down.
#
# Expected: a series with null in it is refused, or its gap is filled or skipped, as models of this kind can.
# Seen: the forecast of a daily wave with one null near its end is the same, to the last digit, as with 0 in that place:
# 14.8 instead of 10.4 for the next hour, and twenty times the variance. NaN gives another answer again. No error.
# Why it matters: JSON has null for a missing reading, and it is what databases and message queues hand over; one gap
# moves forecast and intervals of every following hour.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "arima@0.2.8" >/dev/null

cat >check.js <<'EOF'
const Arima = require("arima");

const load = Array.from({ length: 60 }, (_, hour) => 10 + 5 * Math.sin((hour / 6) * Math.PI) + (hour % 7) * 0.1);

/** Return the forecasts and variances of the next three hours with this value in place of the last but one. */
function forecast(value) {
  const series = load.map((known, hour) => (hour === 58 ? value : known));
  const model = new Arima({ p: 2, d: 0, q: 0, verbose: false }).train(series);
  return model.predict(3).map((numbers) => numbers.map((number) => number.toFixed(3)).join(" "));
}

const [whole, gap, zero, notANumber] = [load[58], null, 0, NaN].map(forecast);
console.log("whole:", whole, "null:", gap, "0:", zero, "NaN:", notANumber);
if (!whole[0].startsWith("10.374")) throw new Error("Changed: the forecast of the whole series is another.");
if (gap.join() !== zero.join()) throw new Error("Changed: a missing reading is no longer taken for 0.");
if (!gap[0].startsWith("14.791")) throw new Error("Changed: the forecast with a gap is another.");
if (notANumber.join() === zero.join()) throw new Error("Changed: NaN is taken for 0, too.");
EOF
node check.js
