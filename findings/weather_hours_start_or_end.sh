#!/usr/bin/env bash
# pvlib 0.16.1 stamps the same hour of a typical year by its start in one format and by its end in the other.
#
# Expected: hour 1 of an EPW file and "01:00" of a TMY3 file are both the hour from midnight to one o'clock, and one
# library gives both the same stamp.
# Seen: read_epw says 00:00, read_tmy3 says 01:00. The last hour of the year is 23:00 of 31 December in the one and the
# first of January of the next year in the other.
# Why it matters: weather of the two formats is an hour apart; whoever trains with one and predicts with the other, or
# joins them with metered loads, gets a shift of the sun by fifteen degrees.
# Source: EnergyPlus EPW data dictionary; NREL, users manual for TMY3 data sets: both name the end of the hour.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pvlib==0.16.1" "pandas==3.1.1" "numpy==2.4.6" "scipy==1.17.1"

venv/bin/python - <<'EOF'
import io

import pvlib

EPW_HEAD = (
    "LOCATION,Town,State,DEU,test,123450,50.0,10.0,1.0,200.0\n"
    "DESIGN CONDITIONS,0\nTYPICAL/EXTREME PERIODS,0\nGROUND TEMPERATURES,0\n"
    "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0\nCOMMENTS 1,none\nCOMMENTS 2,none\n"
    "DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31\n"
)
EPW_ROW = (
    "2023,{month},{day},{hour},60,?9?9?9,5.0,3.0,80,101000,0,0,300,0,0,0,0,0,0,0,"
    "180,3.0,5,5,9999,99999,9,999999999,999,0.999,999,99,999.0,999.0,99.0\n"
)
epw = EPW_HEAD + EPW_ROW.format(month=1, day=1, hour=1) + EPW_ROW.format(month=12, day=31, hour=24)
tmy3 = (
    '123450,"Town",DE,1.0,50.0,10.0,200\nDate (MM/DD/YYYY),Time (HH:MM),GHI (W/m^2),Dry-bulb (C)\n'
    "01/01/2023,01:00,0,5.0\n12/31/2023,24:00,0,5.0\n"
)
by_epw = [str(stamp)[:16] for stamp in pvlib.iotools.read_epw(io.StringIO(epw))[0].index]
by_tmy3 = [str(stamp)[:16] for stamp in pvlib.iotools.read_tmy3(io.StringIO(tmy3), map_variables=True)[0].index]
print("pvlib", pvlib.__version__)
print("first and last hour, EPW: ", by_epw)
print("first and last hour, TMY3:", by_tmy3)
if by_epw != ["2023-01-01 00:00", "2023-12-31 23:00"]:
    raise SystemExit("Changed: hours of an EPW file are no longer stamped by their start.")
if by_tmy3 != ["2023-01-01 01:00", "2024-01-01 00:00"]:
    raise SystemExit("Changed: hours of a TMY3 file are no longer stamped by their end.")
EOF
