#!/usr/bin/env bash
# ddsketch 3.0.1 (Python) counts NaN as 0, so that missing values pull a quantile down to 0.
#
# Expected: NaN is left out or refused; the median of forty readings of 10 is about 10.
# Seen: with sixty NaN beside them the count is 100 and the median 0, the minimum is 10 all the same, and the sum and
# the mean are NaN. @datadog/sketches-js 2.1.1 (npm) does so too. No error.
# Why it matters: sketches are how quantiles of latencies, features and errors are gathered over many workers; a failed
# reading looks like the best one, and a drift check against the median sees a fall to 0.
# Source: found by running; both are by the authors of DDSketch.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "ddsketch==3.0.1"
npm install --silent --no-audit --no-fund --prefix "$folder" "@datadog/sketches-js@2.1.1" >/dev/null

venv/bin/python - <<'EOF'
import math
from importlib.metadata import version

from ddsketch import DDSketch


def sketch(values):
    built = DDSketch()
    for value in values:
        built.add(value)
    return built


clean, holes = sketch([10.0] * 40), sketch([10.0] * 40 + [math.nan] * 60)
median, low, count = holes.get_quantile_value(0.5), holes.get_quantile_value(0.0), holes.count
print("ddsketch", version("ddsketch"), "median of 40 readings:", round(clean.get_quantile_value(0.5), 1))
print("with 60 NaN: median", median, "lowest quantile", low, "count", count, "sum", holes.sum, "mean", holes.avg)
if abs(clean.get_quantile_value(0.5) - 10) > 0.2:
    raise SystemExit("Changed: the median without NaN is no longer 10.")
if (median, low, count) != (0, 0, 100) or not math.isnan(holes.sum):
    raise SystemExit("Changed: NaN no longer counts as 0.")
EOF
cat >check.js <<'EOF'
const { DDSketch } = require("@datadog/sketches-js");
const sketch = new DDSketch();
for (let i = 0; i < 40; i++) sketch.accept(10);
for (let i = 0; i < 60; i++) sketch.accept(NaN);
const median = sketch.getValueAtQuantile(0.5);
console.log("sketches-js: median", median, "count", sketch.count);
if (median !== 0 || sketch.count !== 100) throw new Error("Changed: NaN no longer counts as 0 in JavaScript.");
EOF
node check.js
