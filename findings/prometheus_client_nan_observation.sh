#!/usr/bin/env bash
# prometheus_client 0.26.0 (Python): one NaN ruins a counter and the sum of a histogram for the life of the process.
#
# Expected: a metrics library either refuses NaN (Counter.inc refuses negative amounts with ValueError) or leaves it out,
# as the OpenTelemetry SDK does with a warning.
# Seen: Counter.inc(nan) passes the check for negative amounts, and the counter exports NaN from then on, whatever is
# added later. Histogram.observe(nan) falls into no bucket, not even +Inf, so it is not counted, yet the sum becomes NaN.
# Summary.observe(nan) is counted, and its sum becomes NaN too: the two types disagree about how many values there were.
# Why it matters: a predicted value, a score or a drift statistic is NaN once (an empty window, a constant column), and
# after that every average (rate of sum by rate of count) is NaN; an alert that compares NaN with a threshold never fires.
# The remedy is the caller's: test math.isfinite before observing.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "prometheus-client==0.26.0"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Histogram, Summary, generate_latest

registry = CollectorRegistry()
rows = Counter("rows", "Rows", registry=registry)
score = Histogram("score", "Score", buckets=(0.5, 1.0), registry=registry)
drift = Summary("drift", "Drift", registry=registry)
for value in (1.0, float("nan"), 1.0):
    rows.inc(value)
    score.observe(value)
    drift.observe(value)

text = generate_latest(registry).decode()
print("prometheus_client", version("prometheus-client"))
print(text)
lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
wanted = {
    "rows_total": "NaN",
    'score_bucket{le="+Inf"}': "2.0",
    "score_count": "2.0",
    "score_sum": "NaN",
    "drift_count": "3.0",
    "drift_sum": "NaN",
}
for name, value in wanted.items():
    if lines[name] != value:
        sys.exit(f"The behaviour changed: {name} is {lines[name]} instead of {value}.")
PY
echo "Seen: after one NaN the counter and both sums stay NaN; the histogram counts 2 of 3 observations, the summary 3."
