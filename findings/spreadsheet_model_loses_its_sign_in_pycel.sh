#!/usr/bin/env bash
# pycel 1.0b30 computes -2^2 as -4, a month after 31 January as 3 March, and rounds 250 to 200.
#
# Expected: what Excel shows: -2^2 is 4 (the sign comes first there), EDATE of 31 January 2026 is 28 February,
# DATE(2026, 3, 0) is the last day of February, and ROUND(250, -2) is 300. formulas 1.3.4 says so.
# Seen: -4; 3 March for both dates; 200. EXP(-A1^2) with 3 in A1 is 0.0001 instead of 8103. ROUND(2.5, 0), EOMONTH and
# 0-A1^2 are right. No error and no warning.
# Why it matters: scorecards, tariffs and engineering models live in workbooks, and these libraries serve them as
# Python functions; the workbook was approved with other numbers than those that are served.
# Source: Microsoft's documentation of operators ("negation" before "exponentiation"), EDATE, DATE and ROUND.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "pycel==1.0b30" "formulas==1.3.4" "openpyxl==3.1.5" "numpy==1.26.4"

venv/bin/python - 2>errors.txt <<'EOF' || { cat errors.txt; exit 1; }
import math
from importlib.metadata import version

import formulas
import openpyxl
from pycel import ExcelCompiler

FEBRUARY_28, MARCH_3, MARCH_31, APRIL_30, MAY_1 = 46081, 46084, 46112, 46142, 46143
expected = {
    "=-2^2": (-4, 4),
    "=-A1^2": (-9, 9),
    "=EXP(-A1^2)": (math.exp(-9), math.exp(9)),
    "=0-A1^2": (-9, -9),
    "=EDATE(DATE(2026,1,31),1)": (MARCH_3, FEBRUARY_28),
    "=EDATE(DATE(2026,3,31),1)": (MAY_1, APRIL_30),
    "=DATE(2026,3,0)": (MARCH_3, FEBRUARY_28),
    "=EOMONTH(DATE(2026,3,1),0)": (MARCH_31, MARCH_31),
    "=ROUND(250,-2)": (200, 300),
    "=ROUND(25,-1)": (20, 30),
    "=ROUND(2.5,0)": (3, 3),
}
book = openpyxl.Workbook()
sheet = book.active
sheet.title = "S"
sheet["A1"] = 3
for row, text in enumerate(expected, 1):
    sheet[f"B{row}"] = text
book.save("model.xlsx")
compiled = ExcelCompiler("model.xlsx")
calculated = formulas.ExcelModel().loads("model.xlsx").finish().calculate()
print("pycel", version("pycel"), "formulas", version("formulas"))
for row, (text, (wanted, excel)) in enumerate(expected.items(), 1):
    pycel = compiled.evaluate(f"S!B{row}")
    peer = calculated[f"'[model.xlsx]S'!B{row}"].value[0, 0]
    print(f"{text}: pycel {pycel}, formulas {peer}")
    if not math.isclose(pycel, wanted):
        raise SystemExit(f"Changed: pycel no longer answers {wanted} to {text}.")
    if not math.isclose(peer, excel):
        raise SystemExit(f"Changed: formulas no longer answers {excel} to {text}.")
EOF
