#!/usr/bin/env bash
# aranet4 2.6.0 says -1 degrees while an Aranet4 has no temperature, which is a temperature.
#
# Expected: a reading that the device marks as not valid (it calibrates its CO2 sensor, or has just started) is None or
# NaN.
# Seen: temperature, pressure and CO2 are -1. For the two others no such value exists, but -1 degrees is a valid and
# alarming one; nothing else in the reading tells the two apart. 22.4 degrees is read as 22.4.
# Why it matters: rooms, cold stores and greenhouses are watched and controlled by these sensors; frost alarms go off
# and a model of heating learns from -1 degrees at each calibration, whereas filters for impossible values see nothing.
# Source: found by running; the library's source names the codes of the device.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "aranet4==2.6.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

from aranet4.client import AranetType, CurrentReading

NOT_VALID_16, NOT_VALID_TEMPERATURE = 0x8000, 0x4000
STATE = (45, 90, 1, 300, 10)


def read(carbon_dioxide, temperature, pressure):
    """Return what a device with this state sends as its current reading."""
    reading = CurrentReading()
    reading.decode((carbon_dioxide, temperature, pressure, *STATE), AranetType.ARANET4, gatt=True)
    return reading.co2, reading.temperature, reading.pressure


measured, calibrating = read(612, 448, 10132), read(NOT_VALID_16, NOT_VALID_TEMPERATURE, NOT_VALID_16)
print("aranet4", version("aranet4"), "CO2, temperature, pressure:", measured, "in calibration:", calibrating)
if measured != (612, 22.4, 1013.2):
    raise SystemExit("Changed: readings that are valid are no longer read.")
if calibrating != (-1, -1, -1):
    raise SystemExit("Changed: readings that are not valid are no longer -1.")
EOF
