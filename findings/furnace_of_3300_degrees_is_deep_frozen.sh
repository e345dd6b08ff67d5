#!/usr/bin/env bash
# pycayennelpp 2.4.0 sends 3300 degrees as -3253.6, and an analog reading of 400 as -255.36.
#
# Expected: Cayenne LPP, the payload of many LoRaWAN sensors, has 16 bits for a temperature in tenths and for an analog
# value in hundredths. A reading outside of that is refused, as this library refuses a humidity of 150, a pressure of
# 7000 hPa and an illuminance of 70000 ("Invalid data, exceed value range!").
# Seen: temperatures from 3276.8 and analog values from 327.68 on wrap round to the other end of the scale, without an
# error; so do -3300 and -400. Decimals beyond the scale are cut towards zero and not rounded: -5.29 is sent as -5.2.
# Why it matters: analog values are whatever a device measures, litres, watts or ppm; a peak becomes a plausible
# negative number, and cut decimals make a bias that turns round at zero.
# Source: Cayenne Low Power Payload, data types.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pycayennelpp==2.4.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

from cayennelpp import LppFrame

print("pycayennelpp", version("pycayennelpp"))


def sent(kind, value):
    frame = LppFrame()
    getattr(frame, f"add_{kind}")(1, value)
    return LppFrame().from_bytes(bytes(frame)).data[0].value[0]


expected = {
    ("temperature", 3276.0): 3276.0,
    ("temperature", 3300): -3253.6,
    ("temperature", -3300): 3253.6,
    ("analog_input", 320.0): 320.0,
    ("analog_input", 400.0): -255.36,
    ("analog_input", -400.0): 255.36,
    ("temperature", -5.29): -5.2,
    ("temperature", 5.29): 5.2,
}
for (kind, value), wanted in expected.items():
    seen = sent(kind, value)
    print(f"{kind} {value}: arrives as {seen}")
    if abs(seen - wanted) > 1e-9:
        raise SystemExit(f"Changed: {kind} {value} no longer arrives as {wanted}.")
for kind, value in (("humidity", 150), ("barometer", 7000), ("luminosity", 70000)):
    try:
        sent(kind, value)
    except ValueError:
        continue
    raise SystemExit(f"Changed: {kind} {value} is no longer refused.")
EOF
