#!/usr/bin/env bash
# pyorc 0.12.0 writes 3000000000 into a 32-bit column of an ORC file and reads it back, where others read -1294967296.
#
# Expected: a value that a column of type int cannot hold is refused when it is written, as pyorc refuses one that does
# not fit into bigint.
# Seen: no error; pyorc itself reads 3000000000 from the int column and 70000 from a smallint one, so that a test that
# writes and reads finds nothing; pyarrow 26.0.1 reads -1294967296 and 4464. In a tinyint 200 is -56 for both.
# Why it matters: ids, counters and times in seconds grow past the limit one day; the service that writes sees nothing,
# and the warehouse that reads the files has negative numbers.
# Source: ORC specification, integer columns; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyorc==0.12.0" "pyarrow==26.0.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import pyarrow.orc
import pyorc

TYPES = "struct<id:int,place:smallint,state:tinyint,large:bigint>"


def write(row):
    """Write one row with pyorc."""
    with open("rows.orc", "wb") as file, pyorc.Writer(file, TYPES) as writer:
        writer.write(row)


write((3_000_000_000, 70_000, 200, 2**63 - 1))
with open("rows.orc", "rb") as file:
    own = list(pyorc.Reader(file))[0]
other = tuple(pyarrow.orc.read_table("rows.orc").to_pylist()[0].values())
print("pyorc", version("pyorc"), own, "pyarrow", pyarrow.__version__, other)
if own != (3_000_000_000, 70_000, -56, 2**63 - 1):
    raise SystemExit("Changed: pyorc no longer reads back what it wrote.")
if other != (-1_294_967_296, 4_464, -56, 2**63 - 1):
    raise SystemExit("Changed: pyarrow reads the same file otherwise.")
try:
    write((1, 1, 1, 2**63))
except TypeError as error:
    print("bigint:", error)
else:
    raise SystemExit("Changed: pyorc takes a number that does not fit into bigint.")
EOF
