#!/usr/bin/env bash
# pyMeterBus 0.8.5 hands over a heat meter's codes for "invalid" as -3276.8 degrees and as the 31st of month 15.
#
# Expected: M-Bus marks a value that is not valid by the smallest signed number (8000h in 16 bits), a date that is not
# set by FFFFh; a decoder that scales temperatures and writes dates gives None for them or says that they are invalid.
# Seen: 8000h in a flow temperature of tenths is -3276.8 degrees, and FFFFh in a date is the text "2027-15-31", which
# no calendar has. Valid values are right, -0.5 degrees too. The records have no field for their validity.
# Why it matters: a sensor that is off gives the lowest temperature of the plant to means, limits and models; a date
# that cannot be parsed turns its column into text.
# Source: EN 13757-3, data types B (signed integer) and G (date): the codes for invalid.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyMeterBus==0.8.5"

venv/bin/python - <<'EOF'
from decimal import Decimal
from importlib.metadata import version

import meterbus


def read(record):
    """Return the value of the only record in a message of meter 12345678."""
    body = bytes.fromhex("080172785634122423400112040000") + bytes.fromhex(record)
    frame = bytes([0x68, len(body), len(body), 0x68]) + body + bytes([sum(body) & 0xFF, 0x16])
    return meterbus.load(frame).body.bodyPayload.records[0].interpreted["value"]


print("pyMeterBus", version("pyMeterBus"))
flow, off, day, unset = (read(record) for record in ("025afbff", "025a0080", "026c5d3b", "026cffff"))
print("flow temperature:", flow, "invalid:", off, "date:", day, "not set:", unset)
if (flow, day) != (Decimal("-0.5"), "2026-11-29"):
    raise SystemExit("Changed: valid values are no longer read.")
if off is None or round(off, 1) != Decimal("-3276.8"):
    raise SystemExit("Changed: an invalid temperature is no longer -3276.8.")
if unset != "2027-15-31":
    raise SystemExit("Changed: a date that is not set is no longer the 31st of month 15.")
EOF
