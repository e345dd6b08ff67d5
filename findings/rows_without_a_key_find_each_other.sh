#!/usr/bin/env bash
# petl 1.7.30 joins rows without a key with one another, and takes a reading that is missing for one below the limit.
#
# Expected: as in SQL, a row without a key has no partner, and a missing value is neither above nor below 4; a code such
# as 12_34 or 7j stays a text.
# Seen: three rows without a device and two devices without a number become six rows. selectlt("reading", 4) of 3, a
# missing one and 5 returns two rows, selectgt one, so the two sides are not alike. A key of 1 finds True, and not "1".
# convertnumbers makes 1234 of the code 12_34 and an imaginary number of 7j. No warning.
# Why it matters: rows with gaps multiply, and sums over them as well; an alarm for low values goes off for each sensor
# that says nothing.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "petl==1.7.30"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import petl

readings = [["device", "reading"], [1, 3], [None, None], [None, 5], [None, 6]]
devices = [["device", "hall"], ["1", "A"], [True, "B"], [None, "C"], [None, "D"]]
joined = list(petl.join(readings, devices, key="device"))[1:]
missing = sum(device is None for device, _, _ in joined)
partners = [hall for device, _, hall in joined if device is not None]
column = [["reading"], [3], [None], [5]]
below, above = list(petl.selectlt(column, "reading", 4))[1:], list(petl.selectgt(column, "reading", 4))[1:]
codes = [code for (code,) in list(petl.convertnumbers([["code"], ["12_34"], ["7j"], ["7k"]]))[1:]]
print("petl", version("petl"), "rows joined without a key:", missing, "partners of 1:", partners)
print("below 4:", below, "above 4:", above, "codes:", codes)
if missing != 6 or partners != ["B"]:
    raise SystemExit("Changed: rows without a key have no partner, or 1 is not True.")
if below != [(3,), (None,)] or above != [(5,)]:
    raise SystemExit("Changed: a missing reading is on neither side of a limit.")
if codes != [1234, 7j, "7k"]:
    raise SystemExit("Changed: codes stay texts.")
EOF
