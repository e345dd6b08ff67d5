#!/usr/bin/env bash
# senml 0.1.0 gives the readings of a second sensor in one message to the first sensor, at the first one's time.
#
# Expected: in SenML a record may set a new base name, time and value, which hold for the records after it; a
# message of two sensors gives readings of two names, and a base sum is added to sums.
# Seen: the base is taken from the first record only: to_absolute() names all readings after sensor 1, adds its base
# time and base value to them, and leaves the base sum out.
# Why it matters: gateways gather sensors in one message; the rows of the second machine are predicted as those of the
# first, with values shifted by the first one's base.
# Source: RFC 8428, section 4.6, resolved records.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "senml==0.1.0" "attrs==26.1.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

from senml import SenMLDocument

PACK = [
    {"bn": "urn:dev:1:", "bt": 1700000000.0, "bv": 20.0, "bs": 100.0, "n": "t", "v": 1.5},
    {"n": "energy", "s": 5.0, "v": 0.0},
    {"bn": "urn:dev:2:", "bt": 1800000000.0, "bv": 50.0, "n": "t", "v": 2.5},
]
document = SenMLDocument.from_json(PACK)
seen = [
    (record.name, record.time, record.value, record.sum)
    for record in (measurement.to_absolute(document.base) for measurement in document.measurements)
]
print("senml", version("senml"))
for record in seen:
    print(record)
if seen[0] != ("urn:dev:1:t", 1700000000.0, 21.5, None):
    raise SystemExit("Changed: the first record is no longer resolved as it was.")
if seen[1][3] != 5.0:
    raise SystemExit("Changed: the base sum is no longer left out.")
if seen[2] != ("urn:dev:1:t", 1700000000.0, 22.5, None):
    raise SystemExit("Changed: the second sensor is no longer taken for the first.")
EOF
