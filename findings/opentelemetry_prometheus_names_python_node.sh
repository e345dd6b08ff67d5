#!/usr/bin/env bash
# OpenTelemetry Prometheus exporters, Python 0.66b2 and Node 0.223.0: the same instrument is exposed under other names.
#
# Expected: the specification of OpenTelemetry says how a metric is named in Prometheus (the unit becomes a suffix), so an
# instrument "prediction.duration" with unit "s" is the same series whichever language the service is written in.
# Seen: Python writes prediction_duration_seconds, disk_bytes and bytes_bytes_total; Node writes prediction_duration, disk
# and bytes_total for the same instruments. Python also adds the labels otel_scope_version and otel_scope_schema_url.
# Why it matters: dashboards and alert rules written against the Python service select nothing when a service in Node (or
# the other way round) is meant, and an alert without series does not fire.
# Source: OpenTelemetry specification, "Prometheus and OpenMetrics compatibility", metric metadata and unit suffixes.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "opentelemetry-sdk==1.45.2" \
  "opentelemetry-exporter-prometheus==0.66b2" "prometheus-client==0.26.0"
npm install --silent --no-audit --no-fund "@opentelemetry/exporter-prometheus@0.223.0" \
  "@opentelemetry/sdk-metrics@2.12.1" "@opentelemetry/api@1.9.0" >/dev/null

cat >node.cjs <<'JS'
const { PrometheusExporter, PrometheusSerializer } = require("@opentelemetry/exporter-prometheus");
const { MeterProvider } = require("@opentelemetry/sdk-metrics");
const reader = new PrometheusExporter({ preventServerStart: true });
const meter = new MeterProvider({ readers: [reader] }).getMeter("worker");
meter.createHistogram("prediction.duration", { unit: "s" }).record(0.3);
meter.createCounter("bytes", { unit: "By" }).add(7);
meter.createGauge("disk", { unit: "By" }).record(7);
reader.collect().then((result) => console.log(new PrometheusSerializer().serialize(result.resourceMetrics)));
JS
node node.cjs >node.txt

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import generate_latest

meter = MeterProvider(metric_readers=[PrometheusMetricReader()]).get_meter("worker")
meter.create_histogram("prediction.duration", unit="s").record(0.3)
meter.create_counter("bytes", unit="By").add(7)
meter.create_gauge("disk", unit="By").set(7)


def names(text: str) -> list[str]:
    """Return the names of the series without those of the process and without buckets."""
    found = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if line and not line.startswith("#")}
    return sorted(name for name in found if name.startswith(("bytes", "disk", "prediction")) and "bucket" not in name)


print("Python exporter", version("opentelemetry-exporter-prometheus"), "and Node exporter 0.223.0")
python, node = names(generate_latest().decode()), names(Path("node.txt").read_text())
print("Python:", python)
print("Node:  ", node)
if python != ["bytes_bytes_total", "disk_bytes", "prediction_duration_seconds_count", "prediction_duration_seconds_sum"]:
    sys.exit(f"The behaviour changed: Python exposes {python}.")
if node != ["bytes_total", "disk", "prediction_duration_count", "prediction_duration_sum"]:
    sys.exit(f"The behaviour changed: Node exposes {node}.")
PY
echo "Seen: Python adds the unit to the names, Node does not: no series of the two has the same name."
