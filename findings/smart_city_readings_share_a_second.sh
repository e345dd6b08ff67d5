#!/usr/bin/env bash
# ngsildclient 0.5.2 cuts the fractions of a second of a reading, and takes the time of the wall for UTC.
#
# Expected: observedAt of an NGSI-LD property is a time in UTC with its fractions; a time without a zone is refused, or
# turned by the zone of the machine.
# Seen: 12:00:00.250 and 12:00:00.750 are both sent as 12:00:00Z, as time of a property and as a value of its own. A
# time with +02:00 is turned to 10:00Z, one without a zone becomes 12:00:00Z on a machine in Berlin. A reading of NaN is
# sent as bare NaN, which is no JSON. No warning.
# Why it matters: a context broker takes a second value with the same observedAt for an update of the first; of ten
# readings in a second one is left, and vibration, current and counts are undersampled without a trace.
# Source: ETSI GS CIM 009, 4.6.3 (times may have fractions); found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "ngsildclient==0.5.2"

TZ=Europe/Berlin venv/bin/python - <<'EOF'
import json
import warnings
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

from ngsildclient import Entity


def sent(value, when):
    """Return the property of a reading as it is sent."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        entity = Entity("Sensor", "1")
        entity.prop("flow", value, observedat=when)
        entity.tprop("measured", when)
        return entity.to_json()


summer = timezone(timedelta(hours=2))
noon = datetime(2026, 7, 1, 12, tzinfo=summer)
times = [json.loads(sent(1.5, noon + timedelta(milliseconds=part))) for part in (250, 750)]
wall = json.loads(sent(1.5, datetime(2026, 7, 1, 12)))
print("ngsildclient", version("ngsildclient"), "0.25 and 0.75 s past noon at +02:00:")
print([entity["flow"]["observedAt"] for entity in times], [entity["measured"]["value"]["@value"] for entity in times])
print("noon without a zone, in Berlin:", wall["flow"]["observedAt"])
seen = {entity["flow"]["observedAt"] for entity in times} | {entity["measured"]["value"]["@value"] for entity in times}
if seen != {"2026-07-01T10:00:00Z"}:
    raise SystemExit("Changed: fractions of a second are kept, or the zone is no longer turned to UTC.")
if wall["flow"]["observedAt"] != "2026-07-01T12:00:00Z":
    raise SystemExit("Changed: a time without a zone is no longer taken for UTC.")
if '"value": NaN' not in sent(float("nan"), noon):
    raise SystemExit("Changed: NaN is no longer sent as it is.")
EOF
