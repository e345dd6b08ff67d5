#!/usr/bin/env bash
# canmatrix 1.3.3 turns -20 degrees on a CAN bus into 6533.6 by a way over Excel, and 2.5 litres into 1075838976.
#
# Expected: a description of a bus (DBC) that is converted to another format and read back decodes each frame as before;
# what a format cannot hold is refused or warned of. It is so for the format dbf.
# Seen: by Excel (xls) signals lose their sign, their offset and that they are floats: -20.0 is 6533.6, and 30 degrees
# of oil, sent with an offset of -40, are 70. By JSON a multiplexed frame has the voltages of both cells, one of them out
# of the other's bits; by sym (PCAN) the float is read as a whole number. No error, no warning.
# Why it matters: converting such files is what the tool is for, and Excel is how makers hand them on; a fleet is
# decoded by the converted file, and all values that are positive and have no offset look right.
# Source: Vector's DBC file format; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "canmatrix==1.3.3" "xlrd==2.0.2" "xlwt==1.3.0"

venv/bin/python - <<'EOF'
import io
import struct
import warnings
from importlib.metadata import version

from canmatrix import formats

warnings.simplefilter("error", UserWarning)
DESCRIPTION = """VERSION ""

NS_ :

BS_:

BU_: ECU TCU

BO_ 256 Motor: 8 ECU
 SG_ Air : 0|16@1- (0.1,0) [-50|150] "degC" TCU
 SG_ Oil : 16|8@1+ (1,-40) [-40|210] "degC" TCU
 SG_ Used : 24|32@1- (1,0) [0|100] "l" TCU

BO_ 512 Cells: 8 ECU
 SG_ Page M : 0|8@1+ (1,0) [0|1] "" TCU
 SG_ First m0 : 8|16@1+ (0.001,0) [0|5] "V" TCU
 SG_ Second m1 : 8|16@1+ (0.0001,0) [0|5] "V" TCU

SIG_VALTYPE_ 256 Used : 1;
"""
FRAMES = {256: struct.pack("<hBfx", -200, 70, 2.5), 512: struct.pack("<BH5x", 0, 4100)}
RIGHT = [{"Air": -20.0, "Oil": 30.0, "Used": 2.5}, {"First": 4.1}]
WANTED = {
    "dbf": RIGHT,
    "xls": [{"Air": 6533.6, "Oil": 70.0, "Used": 1075838976.0}, {"First": 4.1}],
    "json": [RIGHT[0], {"First": 4.1, "Second": 0.41}],
    "sym": [{"Air": -20.0, "Oil": 30.0, "Used": 1075838976.0}, {"First": 4.1}],
}


def load(content, kind):
    """Return the description of the bus in a file's content."""
    (matrix,) = formats.load(io.BytesIO(content), kind).values()
    return matrix


def decoded(matrix):
    """Return the values of the frames by the names of their signals, without the number of the page."""
    by_number = {frame.arbitration_id.id: frame for frame in matrix.frames}
    values = [by_number[number].decode(data) for number, data in FRAMES.items()]
    return [
        {name: float(value.phys_value) for name, value in row.items() if name not in ("Page", "Cells_MUX")}
        for row in values
    ]


first = load(DESCRIPTION.encode(), "dbc")
print("canmatrix", version("canmatrix"), "from DBC:", decoded(first))
if decoded(first) != RIGHT:
    raise SystemExit("Changed: the DBC itself is decoded otherwise.")
for kind, wanted in WANTED.items():
    target = io.BytesIO()
    formats.dump(first, target, kind)
    seen = decoded(load(target.getvalue(), kind))
    print(f"by {kind}: {seen}")
    if seen != wanted:
        raise SystemExit(f"Changed: the way over {kind} gives something else, it gave {wanted}.")
EOF
