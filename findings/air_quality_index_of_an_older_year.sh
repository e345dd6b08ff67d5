#!/usr/bin/env bash
# Three libraries for the air quality index of the US EPA call the same fine dust "good" and "moderate", 280 and 309.
#
# Versions: python-aqi 0.6.1, aqicalc 0.0.8.1, aqi-hub 0.3.3.
# Expected: the index of a day with 9.5 micrograms of PM2.5 is one number; a function named after the EPA says of which
# year its table is, since the limits were lowered in May 2024 ("good" ends at 9.0 and no longer at 12.0).
# Seen: python-aqi and aqicalc have the limits of 2012: 40 for 9.5, 187 for 125.5, 280 for 230. aqi-hub has the new
# ones: 51, 201 and 309, another class each time. At 35.4 the two tables agree, so a test there finds nothing.
# Why it matters: the index is a target and an alert ("unhealthy"). A model learnt from the agency's own values of today
# and features computed by an older table differ by a class on just the days that matter.
# Source: EPA, final rule of February 2024 on particulate matter, updates to the air quality index.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "python-aqi==0.6.1" "aqicalc==0.0.8.1" "aqi-hub==0.3.3"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import aqi
import aqicalc
from aqi_hub.aqi_usa.aqi import cal_iaqi_usa

warnings.filterwarnings("ignore", category=UserWarning)
print({name: version(name) for name in ("python-aqi", "aqicalc", "aqi-hub")})
expected = {9.5: (40, 51), 35.4: (100, 100), 125.5: (187, 201), 230: (280, 309)}
for dust, (old, new) in expected.items():
    seen = (
        int(aqi.to_iaqi(aqi.POLLUTANT_PM25, str(dust), algo=aqi.ALGO_EPA)),
        int(aqicalc.to_iaqi(aqicalc.POLLUTANT_PM25, str(dust), algo=aqicalc.ALGO_EPA)),
        int(cal_iaqi_usa(dust, "PM25_24H")),
    )
    print(f"PM2.5 of {dust}: python-aqi {seen[0]}, aqicalc {seen[1]}, aqi-hub {seen[2]}")
    if seen != (old, old, new):
        raise SystemExit(f"Changed: {dust} no longer gives {old}, {old} and {new}.")
EOF
