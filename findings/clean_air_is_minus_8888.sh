#!/usr/bin/env bash
# icartt 2.0.0 makes missing values of an air campaign NaN, and leaves those under the detection limit at -8888.
#
# Expected: an ICARTT file names three marks in its head: the missing value, ULOD_FLAG (above the upper limit of
# detection) and LLOD_FLAG (below the lower one); none of them is a reading.
# Seen: -9999 becomes NaN, -7777 and -8888 stay in the data as numbers, though the reader has read their lines
# (normalComments.keywords). No warning.
# Why it matters: clean air is below the limit; a mean of ozone or carbon monoxide becomes minus thousands, and who has
# checked that missing values are handled sees NaN and trusts the rest.
# Source: ICARTT file format standards 2.0 on flags of missing data and detection limits.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "icartt==2.0.0" "numpy==2.4.6"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import icartt

KEYWORDS = ["PI_CONTACT_INFO", "PLATFORM", "LOCATION", "ASSOCIATED_DATA", "INSTRUMENT_INFO", "DATA_INFO", "UNCERTAINTY"]
NOTES = [f"{name}: none" for name in KEYWORDS]
NOTES += ["ULOD_FLAG: -7777", "ULOD_VALUE: 1000", "LLOD_FLAG: -8888", "LLOD_VALUE: 1"]
KEYWORDS = ["DM_CONTACT_INFO", "PROJECT_INFO", "STIPULATIONS_ON_USE", "OTHER_COMMENTS"]
NOTES += [f"{name}: none" for name in KEYWORDS] + ["REVISION: R0", "R0: first", "Time_Start, O3"]
HEAD = ["A. Pilot", "An institute", "An instrument", "A campaign", "1, 1", "2026, 02, 01, 2026, 02, 03", "0"]
HEAD += ["Time_Start, seconds, Time_Start", "1", "1", "-9999", "O3, ppb, Gas_O3", "0", str(len(NOTES)), *NOTES]
NAME = "O3-AIR_P3_20260201_R0.ict"
with open(NAME, "w") as file:
    file.write(f"{len(HEAD) + 1}, 1001\n" + "\n".join(HEAD) + "\n0, 40\n1, -9999\n2, -8888\n3, -7777\n")
flight = icartt.Dataset(NAME)
ozone = flight.data["O3"].tolist()
print("icartt", version("icartt"), ozone)
if ozone[0] != 40 or ozone[1] == ozone[1]:
    raise SystemExit("Changed: readings or missing values are no longer read.")
if ozone[2:] != [-8888.0, -7777.0]:
    raise SystemExit("Changed: values beyond a detection limit are no longer handed over as numbers.")
EOF
