#!/usr/bin/env bash
# aprslib 0.7.2 reads twelve inches of snow from an amateur weather station as a wind of 5.4 metres a second.
#
# Expected: in a weather report with position, wind is the direction and speed after the symbol, and "s" is the snow of
# 24 hours in inches; only in a report without position is "s" the wind speed.
# Seen: "s012" in a report with position becomes wind_speed 5.36, there is no snow, and the wind of 4 knots from 220
# degrees is given as course and speed of a moving station. Without position the wind is right. No error.
# Why it matters: such stations feed weather archives and models; each snowfall becomes a steady wind, and a station
# without snow has no wind at all.
# Source: APRS Protocol Reference 1.0, chapter 12, weather reports.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "aprslib==0.7.2"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import aprslib

HEAD = "FROM0C>APRS,qAR,T2X:"
placed = aprslib.parse(HEAD + "@092345z4903.50N/07201.75W_220/004g005t020r000p010P020h50b09900s012")
calm = aprslib.parse(HEAD + "@092345z4903.50N/07201.75W_220/004g005t020r000p010P020h50b09900")
without = aprslib.parse(HEAD + "_10090556c220s004g005t020r000p000P000h50b09900")
print("aprslib", version("aprslib"), "with position and snow:", placed["weather"])
print("course and speed:", placed.get("course"), placed.get("speed"))
print("wind without snow:", calm["weather"].get("wind_speed"))
print("without position:", without["weather"])
if round(without["weather"]["wind_speed"], 2) != 1.79 or without["weather"]["wind_direction"] != 220:
    raise SystemExit("Changed: the wind without position is no longer right.")
if round(placed["weather"].get("wind_speed", 0), 2) != 5.36 or "snow" in placed["weather"]:
    raise SystemExit("Changed: snow is no longer read as wind.")
if placed.get("course") != 220 or "wind_speed" in calm["weather"]:
    raise SystemExit("Changed: the wind with position is no longer the course of the station.")
EOF
