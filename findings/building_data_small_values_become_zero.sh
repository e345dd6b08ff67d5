#!/usr/bin/env bash
# hszinc 1.3.2 writes small values of building data as zero into JSON, and missing ones as a text.
#
# Expected: Project Haystack has two forms for one grid, Zinc and JSON; a value that was read from the one and written
# into the other is the same value. A missing number is NaN in Zinc and "n:NaN" in JSON.
# Seen: JSON keeps six decimals: 0.00000015 kg is written as "n:0.000000 kg" and read back as 0 kg. NaN and INF are
# written in small letters, "n:nan" and "n:inf", which the library's own reader gives back as texts; in Zinc they are
# written so that it refuses the whole grid. Ordinary values are right.
# Why it matters: leaks, concentrations and vibrations have such small values; a column of them is constant after the
# conversion. One missing value makes its column text, or loses the grid.
# Source: Project Haystack, JSON encoding (v3) and Zinc grammar: NaN, INF and numbers with exponents.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "hszinc==1.3.2" "pyparsing==3.3.3" "pytz==2026.6" "iso8601==2.1.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import hszinc

grid = hszinc.parse('ver:"2.0"\nleak\n0.00000015kg\n5.5kg\n')
text = hszinc.dump(grid, mode=hszinc.MODE_JSON)
read, back = ([row["leak"].value for row in one] for one in (grid, hszinc.parse(text, mode=hszinc.MODE_JSON)))
print("hszinc", version("hszinc"), "read:", read, "JSON:", text, "back:", back)
if read != [1.5e-07, 5.5] or back != [0.0, 5.5]:
    raise SystemExit("Changed: small values are kept in JSON.")

grid = hszinc.parse('ver:"2.0"\nflow\nNaN\nINF\n')
back = [row["flow"] for row in hszinc.parse(hszinc.dump(grid, mode=hszinc.MODE_JSON), mode=hszinc.MODE_JSON)]
print("missing and infinite, back from JSON:", back)
if back != ["n:nan", "n:inf"]:
    raise SystemExit("Changed: NaN and INF come back from JSON otherwise.")
try:
    hszinc.parse(hszinc.dump(grid))
except hszinc.zincparser.ZincParseException:
    print("back from Zinc: refused")
else:
    raise SystemExit("Changed: NaN and INF come back from Zinc.")
EOF
