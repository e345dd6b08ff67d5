#!/usr/bin/env bash
# pynmea2 1.19.0 puts a receiver that has no position yet on the equator off Africa, at 0.0, 0.0.
#
# Expected: in NMEA 0183 an empty latitude is not known; a parser gives None, as pynmea2 does for an empty height.
# Seen: latitude and longitude are 0.0, a valid place; the height is None, and the fields lat and lon are empty texts.
# Real positions, south and west too, are right. No error.
# Why it matters: each start and each tunnel puts points at 0, 0 into a track; distances and speeds jump by thousands
# of kilometres, and weather is joined from the Gulf of Guinea. Who looks only at latitude and longitude sees no gap.
# Source: NMEA 0183, null fields of GGA, GLL and RMC; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pynmea2==1.19.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import pynmea2


def read(sentence):
    """Return what is read from this sentence, after its check sum is added."""
    total = 0
    for letter in sentence:
        total ^= ord(letter)
    return pynmea2.parse(f"${sentence}*{total:02X}", check=True)


known = read("GPGGA,120000.00,3330.0,S,07030.0,W,1,08,0.9,545.4,M,46.9,M,,")
unknown = read("GPGGA,120000.00,,,,,0,00,99.99,,M,,M,,")
line = read("GPRMC,120000.00,V,,,,,,,010226,,,N")
print("pynmea2", version("pynmea2"), "known:", known.latitude, known.longitude, known.altitude)
print("unknown:", unknown.latitude, unknown.longitude, unknown.altitude, "RMC:", line.latitude, line.longitude)
if (known.latitude, known.longitude, known.altitude) != (-33.5, -70.5, 545.4):
    raise SystemExit("Changed: positions that are known are no longer read.")
if (unknown.latitude, unknown.longitude, unknown.altitude) != (0.0, 0.0, None):
    raise SystemExit("Changed: an empty position of GGA is no longer 0.0, 0.0.")
if (line.latitude, line.longitude) != (0.0, 0.0):
    raise SystemExit("Changed: an empty position of RMC is no longer 0.0, 0.0.")
EOF
