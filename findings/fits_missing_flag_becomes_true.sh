#!/usr/bin/env bash
# astropy 8.0.2 turns a missing yes/no value into yes when it writes a FITS table, and into no when it reads one.
#
# Expected: FITS stores an undefined logical value as a zero byte; a masked boolean of a Table is written so and
# read back masked, as masked integers and floats are.
# Seen: the masked value is written as true, also where the hidden value is false, and read back as an
# ordinary True. A file that holds the zero byte is read as False. VOTable keeps the missing value.
# Why it matters: flags are features and labels; here unknown becomes positive on the way out and negative on the way
# in, and only the numbers beside them are still missing.
# Source: FITS standard 4.0, section 7.3.3.1, logical columns.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "astropy==8.0.2" "numpy==2.4.6"

venv/bin/python - <<'EOF'
from pathlib import Path

import astropy
import numpy as np
from astropy.io import fits
from astropy.table import Table

missing = [False, True, False]
table = Table({
    "flag": np.ma.array([False, False, True], mask=missing),
    "count": np.ma.array([1, 2, 3], mask=missing),
})
table.write("flags.fits")
table.write("flags.vot", format="votable")
back = Table.read("flags.fits")
votable = Table.read("flags.vot", format="votable")

with fits.open("flags.fits") as file:
    start = file[1].fileinfo()["datLoc"]
    row = file[1].header["NAXIS1"]
raw = bytearray(Path("flags.fits").read_bytes())
written = bytes(raw[start + row : start + row + 1])
raw[start + row] = 0
Path("undefined.fits").write_bytes(raw)
undefined = Table.read("undefined.fits")

print("astropy", astropy.__version__)
print("in the table:  ", table["flag"].tolist(), table["count"].tolist())
print("from FITS:     ", back["flag"].tolist(), back["count"].tolist(), "byte written:", written)
print("from VOTable:  ", votable["flag"].tolist(), votable["count"].tolist())
print("zero byte read:", undefined["flag"].tolist())
if back["count"].tolist() != [1, None, 3] or votable["flag"].tolist() != [False, None, True]:
    raise SystemExit("Changed: the missing values that used to survive no longer do.")
if written != b"T" or back["flag"].tolist() != [False, True, True]:
    raise SystemExit("Changed: a missing boolean is no longer written as true.")
if undefined["flag"].tolist() != [False, False, True]:
    raise SystemExit("Changed: an undefined logical value is no longer read as false.")
EOF
