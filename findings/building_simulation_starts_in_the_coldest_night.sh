#!/usr/bin/env bash
# esoreader 1.2.3 puts the design days of an EnergyPlus simulation before the first hour of the year.
#
# Expected: the values of a variable in an .eso file belong to environments (design days, then the run period); a reader
# gives them by environment, or tells which value is whose.
# Seen: one list holds the values of all environments in the order of the file. With a winter design day of 24 hours
# the first hour of the year is value 24, and 24 hours plus a year are read as one series. The times, which the file
# gives for each value, are not kept. No warning.
# Why it matters: simulated loads train surrogate and forecast models with a clock that starts on 1 January; all hours
# are shifted by one or two days and the training set starts with the worst night that the site was sized for.
# Source: EnergyPlus, Output Details, the .eso file; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "esoreader==1.2.3" "pandas==2.3.3"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import esoreader

DICTIONARY = """Program Version,EnergyPlus, Version 9.4.0
1,5,Environment Title[],Latitude[deg],Longitude[deg],Time Zone[],Elevation[m]
2,8,Day of Simulation[],Month[],Day of Month[],DST Indicator[1=yes 0=no],Hour[],StartMinute[],EndMinute[],DayType
7,1,Environment,Site Outdoor Air Drybulb Temperature [C] !Hourly
End of Data Dictionary
"""


def environment(name, month, day, kind, degrees):
    """Return the lines of a day of this environment, an hour each."""
    lines = [f"1,{name},52.00,13.00,1.00,40.00"]
    for hour in range(1, 25):
        lines += [f"2,1,{month:2},{day:2}, 0,{hour:2}, 0.00,60.00,{kind}", f"7,{degrees}"]
    return "\n".join(lines) + "\n"


with open("run.eso", "w") as file:
    file.write(DICTIONARY + environment("BERLIN ANN HTG 99.6% CONDNS DB", 1, 21, "WinterDesignDay", -15.0))
    file.write(environment("RUN PERIOD 1", 1, 1, "Thursday", 3.5) + "End of Data\n")
with warnings.catch_warnings():
    warnings.simplefilter("error", UserWarning)
    output = esoreader.read_from_path("run.eso")
frame = output.to_frame("Site Outdoor Air Drybulb Temperature", frequency="Hourly")
values = frame.iloc[:, 0].tolist()
print("esoreader", version("esoreader"), "values:", len(values), "first:", values[0], "25th:", values[24])
print("index:", list(frame.index[:2]), "to", frame.index[-1], "columns:", list(frame.columns))
if values != [-15.0] * 24 + [3.5] * 24:
    raise SystemExit("Changed: the design day no longer stands before the run period.")
if list(frame.index) != list(range(48)):
    raise SystemExit("Changed: the values have times or environments now.")
EOF
