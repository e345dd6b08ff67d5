#!/usr/bin/env bash
# dlms-cosem 21.3.2 reads the clock of an electricity meter that runs on UTC as a time without a zone.
#
# Expected: a COSEM date-time carries its deviation from UTC in minutes; 0 means UTC, and 0x8000 means not specified.
# Seen: deviation -60 gives an aware time at +01:00, deviation 0 gives a naive one, equal to that of "not specified".
# gurux-dlms 1.0.203 reads 0 as UTC.
# Why it matters: naive times are taken for local time by whatever comes next, so that just the meters that were set up
# with care are shifted by the zone of the reader, and comparing the two kinds raises in Python.
# Source: IEC 62056-6-2, date-time format; the check of the library is for a deviation that is true.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "dlms-cosem==21.3.2" "gurux-dlms==1.0.203"

venv/bin/python - <<'EOF'
import struct
from importlib.metadata import version

from dlms_cosem import time
from gurux_dlms import GXDLMSClient
from gurux_dlms.enums import DataType


def offset(moment):
    return None if moment.utcoffset() is None else int(moment.utcoffset().total_seconds())


def read(deviation):
    """Return what both libraries make of noon on the first of January 2024."""
    octets = struct.pack(">HBBBBBBBhB", 2024, 1, 1, 1, 12, 0, 0, 0, deviation, 0)
    by_gurux = GXDLMSClient.changeType(bytearray(octets), DataType.DATETIME).value
    return offset(time.datetime_from_bytes(octets)[0]), offset(by_gurux)


seen = {deviation: read(deviation) for deviation in (-60, 0, -0x8000)}
print("dlms-cosem", version("dlms-cosem"), "gurux-dlms", version("gurux-dlms"))
for deviation, (by_cosem, by_gurux) in seen.items():
    print(f"deviation {deviation}: seconds from UTC by dlms-cosem {by_cosem}, by gurux-dlms {by_gurux}")
if seen[-60] != (3600, 3600) or seen[-0x8000] != (None, None) or seen[0][1] != 0:
    raise SystemExit("Changed: the deviations that used to be read alike no longer are.")
if seen[0][0] is not None:
    raise SystemExit("Changed: dlms-cosem now gives a meter on UTC its zone.")
EOF
