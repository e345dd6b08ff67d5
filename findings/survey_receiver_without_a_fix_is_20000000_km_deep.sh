#!/usr/bin/env bash
# pysbf2 1.0.7 gives a survey receiver that has no position a latitude, a height and a speed of -20000000000.
#
# Expected: in Septentrio's binary format -2e10 is the "do not use" value of floats, 65535 and 255 those of counters;
# a reader gives None or NaN, or says so.
# Seen: latitude, longitude, height, speed and clock bias are -20000000000.0, the number of satellites 255 and the age
# of the corrections 655.35 s. A known position beside it is right, in radians. No error.
# Why it matters: such blocks come once a second through every tunnel, under every bridge and before the first fix; one
# of them in a mean height, a track length or a training set of positions outweighs all that is real.
# Source: Septentrio, reference guide of the mosaic receivers, 4.1 on "Do-Not-Use" values; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pysbf2==1.0.7"

venv/bin/python - <<'PYTHON'
import struct
from importlib.metadata import version

from pysbf2 import SBFReader, calc_crc

UNKNOWN = -2e10


def block(mode, latitude, height, speed, satellites, age):
    """Return one PVTGeodetic block as a receiver sends it."""
    body = struct.pack("<HHIHBB", 4007, 96, 1000, 2400, mode, 0 if mode else 1)
    body += struct.pack("<3d5f", latitude, latitude, height, 0, speed, speed, speed, speed)
    body += struct.pack("<dfBBBBHHIBBHHHB", UNKNOWN, UNKNOWN, 0, 0, satellites, 0, 0, age, 0, 0, 0, 0, 0, 0, 0)
    body = body.ljust(92, b"\0")
    return b"\x24\x40" + struct.pack("<H", calc_crc(body)) + body


print("pysbf2", version("pysbf2"))
seen = []
for fix in (block(1, 0.5, 120.0, 2.5, 9, 200), block(0, UNKNOWN, UNKNOWN, UNKNOWN, 255, 65535)):
    read = SBFReader.parse(fix)
    seen.append((read.Latitude, read.Height, read.Vn, read.NrSV, read.MeanCorrAge))
    print("latitude, height, speed, satellites, age:", *seen[-1])
if seen[0] != (0.5, 120.0, 2.5, 9, 2.0):
    raise SystemExit("Changed: a known position is read otherwise.")
if seen[1] != (UNKNOWN, UNKNOWN, UNKNOWN, 255, 655.35):
    raise SystemExit("Changed: what is not known is no longer a number.")
PYTHON
