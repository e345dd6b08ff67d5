#!/usr/bin/env bash
# rds2py 0.10.6 reads a missing count of R as -2147483648 beside one other value, and as missing beside two.
#
# Expected: NA of R's whole numbers is None or NaN wherever it stands and however many values there are, as rdata
# 1.1.0 marks it.
# Seen: (NA, 7) and (7, NA) are read with -2147483648 for NA. (NA, -5), which is how R writes the row names of a table
# of five rows, becomes 0, 1, 2, 3, 4 also where it is a column: two values are five. Three values are right. No
# warning.
# Why it matters: a request for a prediction, or a group of a split table, has two rows now and then; a reader that was
# tried on long tables sends minus two billion to the model, and a mean over files is far below zero.
# Source: R internals, serialization of integer vectors; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "rds2py==0.10.6" "rdata==1.1.0" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import gzip
import math
import struct
from importlib.metadata import version
from pathlib import Path

import numpy
import rdata
import rds2py

NA = -(2**31)


def file_of(values):
    """Return the path of an RDS file with a vector of whole numbers, as saveRDS(c(7L, NA), "counts.rds") writes it."""
    head = struct.pack(">iiii5si", 3, 0x00040300, 0x00030500, 5, b"UTF-8", 13)
    body = struct.pack(f">i{len(values)}i", len(values), *values)
    path = Path("counts.rds")
    path.write_bytes(gzip.compress(b"X\n" + head + body))
    return path


def read(values):
    """Return what rds2py makes of the values, with None for one that is missing."""
    found = list(rds2py.read_rds(str(file_of(values))))
    return [None if value is None or math.isnan(value) else int(value) for value in found]


print("rds2py", version("rds2py"), "rdata", version("rdata"))
CASES = [
    ([NA, 7, 9], [None, 7, 9]),
    ([NA, 7], [NA, 7]),
    ([7, NA], [7, NA]),
    ([NA, -5], [0, 1, 2, 3, 4]),
]
for values, wanted in CASES:
    seen = read(values)
    peer = numpy.ma.getmaskarray(numpy.ma.asarray(rdata.read_rds(file_of(values)))).tolist()
    print(f"{['NA' if value == NA else value for value in values]}: rds2py {seen}, missing by rdata {peer}")
    if seen != wanted:
        raise SystemExit(f"Changed: {values} was read as {wanted}.")
EOF
