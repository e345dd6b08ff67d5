#!/usr/bin/env bash
# woodwork 0.31.0, the types of Featuretools, reads the versions 1.2.3 and 2.3.4 as days, and clock times as of today.
#
# Expected: versions of software and clock times stay text; no value of a table depends on the day it is read.
# Seen: a text column of versions is inferred as Datetime: 1.2.3 is 2 January 2003. Clock times of 10:30 become the day
# on which the program runs, at 10:30. ww.init() changes the columns of the frame. Warnings of pandas that it could not
# infer a format are all that is said.
# Why it matters: features such as the day of the week or the time since another event are made from every Datetime;
# of clock times they are other numbers each day, so that a model is trained on one weekday and scored on another.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "woodwork==0.31.0" "pandas==2.3.3" "setuptools==65.5.0"

venv/bin/python - <<'EOF'
import warnings
from datetime import date

import pandas
import woodwork

frame = pandas.DataFrame(
    {
        "version": ["1.2.3", "2.3.4", "3.4.5"] * 10,
        "start": ["10:30", "11:30", "12:45"] * 10,
        "share": ["5%", "6%", "7%"] * 10,
    }
)
before = date.today()
with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)
    frame.ww.init()
types = {name: str(kind) for name, kind in frame.ww.logical_types.items()}
first = {name: str(frame[name][0]) for name in frame.columns}
print("woodwork", woodwork.__version__, types, first)
if types["share"] != "Categorical":
    raise SystemExit("Changed: percentages are no longer categories.")
if (types["version"], first["version"]) != ("Datetime", "2003-01-02 00:00:00"):
    raise SystemExit("Changed: versions are no longer days.")
if types["start"] != "Datetime" or first["start"] not in {f"{day} 10:30:00" for day in (before, date.today())}:
    raise SystemExit("Changed: clock times are no longer of today.")
EOF
