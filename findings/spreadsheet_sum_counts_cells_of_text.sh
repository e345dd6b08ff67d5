#!/usr/bin/env bash
# formulas 1.3.4 adds a cell that holds the text "3" to a sum, and finds fewer rows by a pattern than Excel.
#
# Expected: as in Excel, SUM, COUNT and COUNTIF(">1") over cells leave texts out, whatever they look like; patterns and
# words are compared without regard to case. pycel 1.0b30 does so.
# Seen: SUM of 1, 2, 4, "3" and -2.5 is 7.5 instead of 4.5, COUNT is 5, and ISNUMBER of the cell is true, but AVERAGE
# and MAX over the same cells are #VALUE!. COUNTIF of "ok", "OK", "not ok" finds two rows by "*ok" (Excel: three),
# though it finds both by "ok".
# Why it matters: cells come as text from exports and forms; the workbook's totals leave them out, visibly, and the
# served model counts them. A tally by pattern differs by the rows that somebody typed in capitals.
# Source: Microsoft's documentation of SUM (text in references is ignored) and COUNTIF (case does not matter).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "formulas==1.3.4" "pycel==1.0b30" "openpyxl==3.1.5" "numpy==1.26.4"

venv/bin/python - 2>errors.txt <<'EOF' || { cat errors.txt; exit 1; }
from importlib.metadata import version

import formulas
import openpyxl
from pycel import ExcelCompiler

expected = {
    "=SUM(A1:A5)": (7.5, 4.5),
    "=COUNT(A1:A5)": (5, 4),
    '=COUNTIF(A1:A5,">1")': (3, 2),
    "=ISNUMBER(A4)": (True, False),
    "=MAX(A1:A5)": ("#VALUE!", 4),
    "=SUM(A1:A3)": (7, 7),
    '=COUNTIF(B1:B3,"*ok")': (2, 3),
    '=SUMIF(B1:B3,"*ok",A1:A3)': (5, 7),
    '=COUNTIF(B1:B3,"ok")': (2, 2),
}
book = openpyxl.Workbook()
sheet = book.active
sheet.title = "S"
for row, value in enumerate((1, 2, 4, "3", -2.5), 1):
    sheet[f"A{row}"] = value
for row, value in enumerate(("ok", "OK", "not ok"), 1):
    sheet[f"B{row}"] = value
for row, text in enumerate(expected, 1):
    sheet[f"Z{row}"] = text
book.save("model.xlsx")
compiled = ExcelCompiler("model.xlsx")
calculated = formulas.ExcelModel().loads("model.xlsx").finish().calculate()
print("formulas", version("formulas"), "pycel", version("pycel"))
for row, (text, (wanted, excel)) in enumerate(expected.items(), 1):
    answer = calculated[f"'[model.xlsx]S'!Z{row}"].value[0, 0]
    peer = compiled.evaluate(f"S!Z{row}")
    print(f"{text}: formulas {answer}, pycel {peer}")
    if (str(answer) if isinstance(wanted, str) else answer) != wanted:
        raise SystemExit(f"Changed: formulas no longer answers {wanted} to {text}.")
    if peer != excel:
        raise SystemExit(f"Changed: pycel no longer answers {excel} to {text}.")
EOF
