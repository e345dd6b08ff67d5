#!/usr/bin/env bash
# hecdss 0.1.33 gives -3.4e+38 for the hours of a river gauge that are not in the file.
#
# Expected: HEC-DSS marks a missing value of a regular series by -3.4e+38 (-901 in older files); a reader for Python,
# which hands over numpy arrays, gives NaN.
# Seen: values of a window that is longer than the record are -3.40282347e+38, with times as all others; there is no
# mask and no word. NaN that was written comes back as NaN, so both kinds of gap stand in one array.
# Why it matters: flows and levels of dams and rivers are kept in such files; a mean or a scaler is ruined by one gap,
# and who cleans by isnan() finds a part of them.
# Source: HEC-DSS, missing data flags; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "hecdss==0.1.33" "numpy==2.4.6"

venv/bin/python - <<'EOF'
from datetime import datetime
from importlib.metadata import version

import numpy
from hecdss import HecDss
from hecdss.regular_timeseries import RegularTimeSeries

PATH = "/RIVER/GAUGE/FLOW//1Hour/OBS/"
flows = RegularTimeSeries.create(
    values=[1.0, float("nan"), 3.0],
    times=[datetime(2026, 1, 10, hour) for hour in range(3)],
    units="cms",
    data_type="INST-VAL",
    interval=3600,
    path=PATH,
)
file = HecDss("flows.dss")
file.put(flows)
read = file.get(PATH, datetime(2026, 1, 9, 23), datetime(2026, 1, 10, 4))
values = numpy.asarray(read.values)
print("hecdss", version("hecdss"), dict(zip([f"{time:%d %H}" for time in read.times], values.tolist(), strict=True)))
if values[1] != 1.0 or values[3] != 3.0 or not numpy.isnan(values[2]):
    raise SystemExit("Changed: values that are in the file are read otherwise.")
if len(values) != 6 or not (values[[0, 4, 5]] < -3.4e38).all():
    raise SystemExit("Changed: hours that are not in the file are no longer -3.4e+38.")
file.close()
EOF
