#!/usr/bin/env bash
# prometheus_client 0.26.0 (Python) and prom-client 15.1.3 (npm): the same histogram has other bucket labels.
#
# Expected: both are Prometheus client libraries, so a gateway in Node and a worker in Python that define the histogram
# "latency" with the buckets 1, 2.5 and 5 can be put together with sum by (le), and a counter "predictions" has one name.
# Seen: Python writes le="1.0" and le="5.0", Node writes le="1" and le="5"; only le="2.5" and le="+Inf" are alike. After
# sum by (le) the buckets of whole seconds hold one language's share each, so the cumulative counts are no longer rising:
# with every observation below one second they read 1.0: 10, 1: 10, 2.5: 20, 5.0: 10, 5: 10, +Inf: 20. The counter is
# predictions_total in Python and predictions in Node, although both were declared as "predictions".
# Why it matters: a quantile or an alert over both services is computed from a broken histogram without any error in
# servers that do not rewrite le (Prometheus before 3.0), and a rate over predictions_total leaves one service out.
# Remedies: buckets that are not whole numbers, or one service a query; names that end in _total in Node.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "prometheus-client==0.26.0"
npm install --silent --no-audit --no-fund "prom-client@15.1.3" >/dev/null

cat >node.cjs <<'JS'
const client = require("prom-client");
const registry = new client.Registry();
const predictions = new client.Counter({ name: "predictions", help: "Predictions", registers: [registry] });
const latency = new client.Histogram({ name: "latency", help: "Latency", buckets: [1, 2.5, 5], registers: [registry] });
for (let i = 0; i < 10; i += 1) {
  predictions.inc();
  latency.observe(0.2);
}
registry.metrics().then((text) => console.log(text));
JS
node node.cjs >node.txt

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

registry = CollectorRegistry()
predictions = Counter("predictions", "Predictions", registry=registry)
latency = Histogram("latency", "Latency", buckets=(1, 2.5, 5), registry=registry)
for _ in range(10):
    predictions.inc()
    latency.observe(0.2)

texts = {"python": generate_latest(registry).decode(), "node": Path("node.txt").read_text()}
print("prometheus_client", version("prometheus-client"), "and prom-client 15.1.3")
counters, by_le = {}, {}
for language, text in texts.items():
    names = {line.split(" ")[0] for line in text.splitlines() if line.startswith("predictions")}
    counters[language] = sorted(names - {"predictions_created"})
    for line in text.splitlines():
        if line.startswith("latency_bucket"):
            le = line.split('le="')[1].split('"')[0]
            by_le[le] = by_le.get(le, 0) + float(line.rsplit(" ", 1)[1])
print("counters:", counters)
print("sum by (le):", by_le)
if list(text_string_to_metric_families(texts["node"])) == []:
    sys.exit("The text of Node cannot be read.")
if counters != {"python": ["predictions_total"], "node": ["predictions"]}:
    sys.exit(f"The behaviour changed: the counters are {counters}.")
if by_le != {"1.0": 10, "2.5": 20, "5.0": 10, "+Inf": 20, "1": 10, "5": 10}:
    sys.exit(f"The behaviour changed: the buckets are {by_le}.")
PY
echo "Seen: whole-numbered buckets have two labels, so their counts do not add up; the counter has two names."
