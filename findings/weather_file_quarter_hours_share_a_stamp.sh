#!/usr/bin/env bash
# pvlib 0.16.1 gives all rows of an hour of an EnergyPlus weather file the same time stamp.
#
# Expected: an EPW file may have several records an hour ("DATA PERIODS,1,4"), told apart by the minute; four quarters
# of an hour have four stamps. The format's code for missing radiation, 9999, comes back as NaN.
# Seen: the minutes are not used, so the index has every stamp four times, and 9999 W/m2 stays a reading, seven times
# what the sun sends.
# Why it matters: a join by time gives sixteen rows for four, resampling takes means over codes, and the radiation
# is the main feature of every forecast of solar power or heat.
# Source: EnergyPlus, auxiliary programs, EPW data dictionary (records per hour; missing values).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pvlib==0.16.1" "pandas==3.1.1" "numpy==2.4.6" "scipy==1.17.1"

venv/bin/python - <<'EOF'
import io

import pvlib

HEAD = (
    "LOCATION,Town,State,DEU,test,123450,50.0,10.0,1.0,200.0\n"
    "DESIGN CONDITIONS,0\nTYPICAL/EXTREME PERIODS,0\nGROUND TEMPERATURES,0\n"
    "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0\nCOMMENTS 1,none\nCOMMENTS 2,none\n"
    "DATA PERIODS,1,4,Data,Sunday, 1/ 1, 1/ 1\n"
)
ROW = (
    "2023,1,1,{hour},{minute},?9?9?9,5.0,3.0,80,101000,0,0,300,{radiation},9999,9999,999999,999999,999999,9999,"
    "180,3.0,5,5,9999,99999,9,999999999,999,0.999,999,99,999.0,999.0,99.0\n"
)
text = HEAD
for hour in (11, 12):
    for minute, radiation in ((15, 100), (30, 200), (45, 9999), (60, 300)):
        text += ROW.format(hour=hour, minute=minute, radiation=radiation)
frame, _ = pvlib.iotools.read_epw(io.StringIO(text))
print("pvlib", pvlib.__version__)
print(frame[["hour", "minute", "ghi"]].to_string())
stamps = frame.index.strftime("%H:%M").tolist()
if stamps != ["10:00"] * 4 + ["11:00"] * 4:
    raise SystemExit("Changed: the quarters of an hour no longer share one stamp.")
if frame["ghi"].tolist() != [100, 200, 9999, 300] * 2:
    raise SystemExit("Changed: the code for missing radiation is no longer kept as a reading.")
EOF
