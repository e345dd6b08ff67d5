#!/usr/bin/env bash
# rdata 1.1.0 writes a missing category into an R file so that it is read back as the last label.
#
# Expected: a frame with a category column that has missing values survives rdata.write_rds and
# rdata.read_rds, as its numbers, texts and booleans do.
# Seen: the missing value comes back as "scrap", the last of the labels. pyreadr 0.5.8 reads
# the same file as missing. With every value present nothing is wrong.
# Why it matters: a missing feature becomes a real one, a missing label a wrong one; counts of the
# last class grow with each unknown.
# Source: found by running. R itself stores a missing factor as NA_integer_.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  "rdata==1.1.0" "pyreadr==0.5.8" "pandas==3.1.1" "numpy==2.4.6" "xarray==2026.9.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import pandas
import pyreadr
import rdata

values = ["good", None, "good", "repair"]
frame = pandas.DataFrame({
    "quality": pandas.Categorical(values, categories=["good", "repair", "scrap"]),
    "weight": pandas.array([1.5, None, 2.5, 3.5], dtype="Float64"),
})
rdata.write_rds("parts.rds", frame)
by_rdata = rdata.read_rds("parts.rds")
by_pyreadr = pyreadr.read_r("parts.rds")[None]


def plain(column):
    return [None if pandas.isna(value) else value for value in column]


print("rdata", version("rdata"), "pyreadr", version("pyreadr"))
print("written:        ", values)
print("read by rdata:  ", plain(by_rdata["quality"]), plain(by_rdata["weight"]))
print("read by pyreadr:", plain(by_pyreadr["quality"]), plain(by_pyreadr["weight"]))
if plain(by_rdata["weight"]) != [1.5, None, 2.5, 3.5] or plain(by_pyreadr["quality"]) != values:
    raise SystemExit("Changed: what used to survive the file no longer does.")
if plain(by_rdata["quality"]) != ["good", "scrap", "good", "repair"]:
    raise SystemExit("Changed: a missing category no longer comes back as the last label.")
EOF
