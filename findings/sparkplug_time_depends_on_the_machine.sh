#!/usr/bin/env bash
# mqtt-spb-wrapper 2.1.2 reads the same Sparkplug B time differently on machines in different zones.
#
# Expected: Sparkplug's DateTime is milliseconds since 1970 in UTC; a reader gives an instant, aware of UTC.
# Seen: a time without a zone that is the local time of whoever reads: 2024-01-01 00:00 in UTC, 01:00 in
# Berlin, the evening of 2023-12-31 in New York. Nothing in the value tells which.
# Why it matters: a collector in the plant writes rows shifted against those of the cloud; joins by time and
# features of the hour are wrong, and in autumn an hour appears twice.
# Source: Eclipse Sparkplug 3.0, data types, DateTime.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "mqtt-spb-wrapper==2.1.2" "protobuf==3.20.3" "paho-mqtt==1.6.1"

cat > read.py <<'EOF'
from mqtt_spb_wrapper import SpbPayloadParser
from mqtt_spb_wrapper.spb_protobuf import sparkplug_b_pb2

payload = sparkplug_b_pb2.Payload()
payload.timestamp = 1704067200000
metric = payload.metrics.add()
metric.name, metric.datatype, metric.long_value = "started", 13, 1704067200000
value = SpbPayloadParser().parse_payload(payload.SerializeToString())["metrics"][0]["value"]
print(value.isoformat(), value.tzinfo)
EOF

venv/bin/pip list --disable-pip-version-check 2>/dev/null | grep -i mqtt
seen=""
for zone in UTC0 CET-1 EST5; do
  read_there=$(TZ=$zone venv/bin/python read.py)
  echo "TZ=$zone: $read_there"
  seen="$seen|$read_there"
done
if [ "$seen" != "|2024-01-01T00:00:00 None|2024-01-01T01:00:00 None|2023-12-31T19:00:00 None" ]; then
  echo "Changed: the time read no longer depends on the zone of the machine." >&2
  exit 1
fi
