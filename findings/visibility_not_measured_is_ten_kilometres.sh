#!/usr/bin/env bash
# metar 2.0.2 reads a visibility that an airport's station could not measure as ten kilometres.
#
# Expected: "////" in a report means that the sensor gave nothing, so vis is None, as it is for a report without the
# group, and as temp is for a missing temperature.
# Seen: vis is 10000 metres, as for CAVOK, the word for good weather. There is no warning and nothing in the list of
# groups that were not understood. Wind and temperature that are missing are None.
# Why it matters: the sensor of an automatic station fails in ice, snow and fog. A model of delays or of road accidents
# then learns from, and is asked with, the best visibility there is.
# Source: WMO Manual on Codes, FM 15, 15.6 (solidi in automatic reports); found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "metar==2.0.2"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

from metar.Metar import Metar

warnings.simplefilter("error")
DAY = {"year": 2026, "month": 1}


def visibility(groups):
    """Return the visibility in metres, the wind in knots, the temperature, and what was not understood."""
    report = Metar(f"METAR EDDF 150650Z AUTO {groups} Q1013", **DAY)
    values = report.vis and report.vis.value("M"), report.wind_speed, report.temp
    return [value.value() if hasattr(value, "value") else value for value in values], report._unparsed_groups


print("metar", version("metar"))
seen = {
    groups: visibility(groups)
    for groups in (
        "24004KT 0050 FG VV/// M02/M02",
        "24004KT M02/M02",
        "24004KT //// // ////// M02/M02",
        "24004KT 9999 NCD M02/M02",
        "/////KT //// // ////// /////",
    )
}
for groups, values in seen.items():
    print(f"{groups:34}", values)
told = [values[0] for values in seen.values()]
if [unread for _, unread in seen.values()] != [[]] * 5 or told[4][1:] != [None, None]:
    raise SystemExit("Changed: a group is not understood, or a missing wind or temperature is a number now.")
if [values[0] for values in told] != [50, None, 10000, 10000, 10000]:
    raise SystemExit("Changed: a visibility that was not measured is no longer ten kilometres.")
EOF
