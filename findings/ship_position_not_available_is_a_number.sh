#!/usr/bin/env bash
# pyais 3.3.1 hands over the codes for "not available" of ship messages as readings.
#
# Expected: AIS has fixed codes for missing values (speed 102.3, course 360, heading 511, longitude 181, latitude 91); a
# decoder that scales the numbers also gives None for them, as it marks a missing rate of turn.
# Seen: a ship at 102.3 knots heading for 511 degrees at latitude 91. Only the rate of turn is a marked value,
# TurnRate.NO_TI_DEFAULT, which still counts as the number -128.
# Why it matters: models of arrival and fuel get speeds that no ship has and positions off the globe, for each ship
# whose sensor or receiver is off.
# Source: ITU-R M.1371-5, messages 1 to 3, position reports.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyais==3.3.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import pyais
from pyais.encode import encode_msg
from pyais.messages import MessageType1

report = MessageType1.create(
    mmsi=123456789, speed=102.3, lon=181, lat=91, course=360, heading=511, turn=-128, second=60, status=15
)
line = encode_msg(report)[0]
decoded = pyais.decode(line).asdict()
seen = {name: decoded[name] for name in ("speed", "course", "heading", "lon", "lat")}
print("pyais", version("pyais"), line)
print("decoded:", seen, "turn:", repr(decoded["turn"]), float(decoded["turn"]))
if seen != {"speed": 102.3, "course": 360.0, "heading": 511, "lon": 181.0, "lat": 91.0}:
    raise SystemExit("Changed: codes for missing values are no longer handed over as readings.")
if float(decoded["turn"]) != -128.0 or "NO_TI_DEFAULT" not in repr(decoded["turn"]):
    raise SystemExit("Changed: a missing rate of turn is no longer the marked number -128.")
EOF
