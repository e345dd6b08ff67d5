#!/usr/bin/env bash
# prometheus_client 0.26.0 gives a scraped counter a name that the exporter did not send.
#
# Expected: the parser of the text format returns samples under the names on the wire, as the Prometheus
# server stores them.
# Seen: a sample "parts_made" of type counter comes back as "parts_made_total"; of type gauge it keeps
# its name. The text format does not ask for the ending; only OpenMetrics does.
# Why it matters: a table made by scraping has other column names than the one exported from the
# server, so training data and live rows of the same machine do not match, and which names differ
# depends on a TYPE line.
# Source: found by running; Prometheus' page on exposition formats shows counters of any name.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "prometheus-client==0.26.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

from prometheus_client.parser import text_string_to_metric_families


def names(kind):
    text = f"# HELP parts_made Parts made.\n# TYPE parts_made {kind}\nparts_made{{line=\"1\"}} 42\n"
    return [sample.name for family in text_string_to_metric_families(text) for sample in family.samples]


seen = {kind: names(kind) for kind in ("counter", "gauge", "untyped")}
print("prometheus_client", version("prometheus-client"))
print("on the wire: parts_made; read:", seen)
if seen != {"counter": ["parts_made_total"], "gauge": ["parts_made"], "untyped": ["parts_made"]}:
    raise SystemExit("Changed: the names of samples are no longer rewritten by their type.")
EOF
