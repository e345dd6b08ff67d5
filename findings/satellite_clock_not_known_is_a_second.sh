#!/usr/bin/env bash
# georinex 1.16.2 gives satellites without an orbit or a clock the earth's centre and a clock that is a second wrong.
#
# Expected: in SP3 files 0.000000 as a position and 999999.999999 as a clock mean "bad or absent"; a reader gives NaN.
# Seen: the array has the position 0, 0, 0 and 999999.999999 microseconds. Positions and clocks that are known are
# right. No error.
# Why it matters: a clock of a second is 300,000 km; one such satellite in a solution, a mean clock or a training set
# of orbit errors outweighs all others, and the first hours after a launch or an outage are full of them.
# Source: The Extended Standard Product 3 Orbit Format (SP3-d), the position and clock record.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "georinex==1.16.2" "numpy==2.4.6" "xarray==2026.9.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import georinex

ZEROS = "  0" * 17
LINES = [
    "#cP2026  2  1  0  0  0.00000000       1 ORBIT IGS20 HLM  IGS",
    "## 2404      0.00000000   900.00000000 61072 0.0000000000000",
    "+    2   G01G02" + "  0" * 15,
    *["+        " + ZEROS] * 4,
    *["++       " + ZEROS] * 5,
    "%c G  cc GPS ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc",
    "%c cc cc ccc ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc",
    "%f  1.2500000  1.025000000  0.00000000000  0.000000000000000",
    "%f  0.0000000  0.000000000  0.00000000000  0.000000000000000",
    *["%i    0    0    0    0      0      0      0      0         0"] * 2,
    *["/* made for a check"] * 4,
    "*  2026  2  1  0  0  0.00000000",
    "PG01  12345.678901 -12345.678901  20000.123456    123.456789",
    "PG02      0.000000      0.000000      0.000000 999999.999999",
    "EOF",
]
with open("orbits.sp3", "w") as file:
    file.write("\n".join(LINES) + "\n")
orbits = georinex.load("orbits.sp3")
places, clocks = orbits.position.values[0].tolist(), orbits.clock.values[0].tolist()
print("georinex", version("georinex"), "positions:", places, "clocks:", clocks)
if places[0] != [12345.678901, -12345.678901, 20000.123456] or clocks[0] != 123.456789:
    raise SystemExit("Changed: a satellite with orbit and clock is read otherwise.")
if places[1] != [0.0, 0.0, 0.0] or clocks[1] != 999999.999999:
    raise SystemExit("Changed: absent orbits and clocks are no longer numbers.")
EOF
