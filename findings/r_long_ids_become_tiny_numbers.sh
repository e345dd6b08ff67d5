#!/usr/bin/env bash
# pyreadr 0.5.8 reads the ids of an R data frame as 4.9e-324 and 5.4e-312.
#
# Expected: R keeps whole numbers of 64 bits in a column of class integer64 (package bit64; data.table and database
# drivers make them by themselves): the bits of a whole number where others have a decimal one. A reader that does not
# know the class refuses it or says so.
# Seen: the bits are handed over as decimal numbers: id 1 is 4.9e-324, id 2^40 + 1 is 5.4e-312, and the mark for a
# missing id is -0.0. Decimal columns are right. No error, no warning, no trace of the class. rdata 1.1.0 reads the same
# numbers, and warns that it does not know integer64.
# Why it matters: ids, epochs in nanoseconds and amounts in cents from a database are such columns; all are next to
# zero, so sums, joins and features are quietly 0.
# Source: R Internals, serialization format; bit64, "integer64". The file is written here byte by byte after the former.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyreadr==0.5.8" "rdata==1.1.0" "pandas==2.3.3"

venv/bin/python - <<'EOF'
import gzip
import struct
import warnings
from importlib.metadata import version

import pyreadr
import rdata

END_OF_ATTRIBUTES = struct.pack(">i", 254)


def text(value):
    return struct.pack(">ii", 0x40009, len(value)) + value.encode()


def texts(*values):
    return struct.pack(">ii", 16, len(values)) + b"".join(map(text, values))


def attribute(name, value):
    return struct.pack(">ii", 0x402, 1) + text(name) + value


whole = struct.pack(">ii3q", 0x30E, 3, 1, 2**40 + 1, -(2**63)) + attribute("class", texts("integer64"))
whole += END_OF_ATTRIBUTES
decimal = struct.pack(">ii3d", 14, 3, 1.5, 2.5, 3.5)
frame = b"X\n" + struct.pack(">iii", 2, 0x30600, 0x20300) + struct.pack(">ii", 0x313, 2) + whole + decimal
frame += attribute("names", texts("id", "x")) + attribute("class", texts("data.frame"))
frame += attribute("row.names", struct.pack(">iiii", 13, 2, -(2**31), -3)) + END_OF_ATTRIBUTES
with open("ids.rds", "wb") as file:
    file.write(gzip.compress(frame))

with warnings.catch_warnings():
    warnings.simplefilter("error")
    read = {"pyreadr": pyreadr.read_r("ids.rds")[None]}
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    read["rdata"] = rdata.read_rds("ids.rds")
print("pyreadr", version("pyreadr"), "rdata", version("rdata"), "ids 1, 2^40 + 1 and a missing one")
for name, table in read.items():
    ids, decimals = table["id"].tolist(), table["x"].tolist()
    print(f"{name}: {ids} {table['id'].dtype}, decimals {decimals}")
    if decimals != [1.5, 2.5, 3.5]:
        raise SystemExit(f"Changed: {name} no longer reads decimal numbers.")
    if [float(value) for value in ids] != [5e-324, struct.unpack(">d", struct.pack(">q", 2**40 + 1))[0], 0.0]:
        raise SystemExit(f"Changed: {name} no longer takes the bits of whole numbers for decimal ones.")
if not any("integer64" in str(warning.message) for warning in said):
    raise SystemExit("Changed: rdata no longer warns.")
EOF
