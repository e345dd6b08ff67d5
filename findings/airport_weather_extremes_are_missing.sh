#!/usr/bin/env bash
# avwx-engine 1.9.10 gives no number for the worst weather: visibility below a quarter mile, wind above 99 knots.
#
# Expected: "M1/4SM" is a visibility of less than a quarter of a mile, "P99KT" a wind of more than 99 knots; a decoder
# gives the bound and says that it is one, as metar 2.0.2 does ("less than 1/4 miles", 0.25).
# Seen: visibility is None for M1/4SM and its value None for P6SM, the wind of 240P99KT has the value None, and a
# temperature whose dew point is missing (10///) is None too. 1/4SM, 1SM and 98 knots have numbers. The column of
# numbers is thus empty for fog and storm, as it is for a sensor that is off.
# Why it matters: delays, energy and traffic are modelled for exactly these hours. Filled with a mean, dense fog becomes
# ordinary sight, and a storm becomes a breeze.
# Source: WMO manual on codes, FM 15 METAR; the text of the report is kept in repr for the wind and P6SM.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "avwx-engine==1.9.10" "metar==2.0.2"

venv/bin/python - <<'EOF'
from importlib.metadata import version

from avwx import Metar
from metar.Metar import Metar as Other

print("avwx-engine", version("avwx-engine"), "metar", version("metar"))


def read(middle, end):
    report = f"KJFK 281151Z {middle} OVC002 {end} A2992"
    data = Metar.from_report(report).data
    other = Other(report)
    seen = tuple(
        None if field is None else field.value for field in (data.wind_speed, data.visibility, data.temperature)
    )
    print(f"{middle} {end}: avwx {seen}; metar {other.wind_speed}, {other.vis}, {other.temp}")
    return seen, other


ordinary, _ = read("24098KT 1/4SM", "10/05")
if ordinary != (98, 0.25, 10):
    raise SystemExit("Changed: ordinary values are no longer read.")
fog, other = read("24008KT M1/4SM", "10/05")
if fog != (8, None, 10) or other.vis.value() != 0.25:
    raise SystemExit("Changed: a visibility below a quarter of a mile has a number now, or metar has none.")
storm, other = read("240P99KT P6SM", "10///")
if storm != (None, None, None) or other.wind_speed.value() != 99 or other.temp.value() != 10:
    raise SystemExit("Changed: wind above 99 knots, sight above 6 miles or a lone temperature have numbers now.")
EOF
