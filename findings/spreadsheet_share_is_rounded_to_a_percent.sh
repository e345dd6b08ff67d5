#!/usr/bin/env bash
# xlsx2csv 0.8.6 writes the share 0.1256 as the text 13%, 0.00000012 as 0 and thirty hours as 1.25.
#
# Expected: a converter gives the values of the cells; the number format of a cell says how it is shown.
# Seen: a cell of 0.1256 with the format 0% becomes "13%", one with 0.00E+00 of 1.23e-7 becomes "0", and a duration of
# [h]:mm becomes days (1.253472). Other formats are not followed: 1234.5678 stays with #,##0.0, and 2.6 with 0. No
# warning; openpyxl 3.1.5 reads the values from the same file.
# Why it matters: shares lose their decimals and become text, small concentrations become nothing, and both depend on
# how a person formatted a column; the next month's file with 0.00% has other decimals.
# Source: found by running; ECMA-376, part 1, 18.8.30 on number formats.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "xlsx2csv==0.8.6" "openpyxl==3.1.5"

venv/bin/python - <<'EOF'
import csv
import datetime
import io
from importlib.metadata import version

import openpyxl
from xlsx2csv import Xlsx2csv

CELLS = {
    "share": (0.1256, "0%", "13%"),
    "concentration": (1.23456e-7, "0.00E+00", "0"),
    "price": (1234.5678, "#,##0.0", "1234.5678"),
    "count": (2.6, "0", "2.6"),
    "running time": (datetime.timedelta(hours=30, minutes=5), "[h]:mm", "1.253472"),
}
book = openpyxl.Workbook()
book.active.append(list(CELLS))
book.active.append([value for value, _, _ in CELLS.values()])
for cell, (_, form, _) in zip(book.active[2], CELLS.values(), strict=True):
    cell.number_format = form
book.save("values.xlsx")

target = io.StringIO()
Xlsx2csv("values.xlsx").convert(target)
row = next(csv.DictReader(io.StringIO(target.getvalue())))
values = [cell.value for cell in openpyxl.load_workbook("values.xlsx").active[2]]
print("xlsx2csv", version("xlsx2csv"), row)
print("openpyxl", openpyxl.__version__, values)
if values != [value for value, _, _ in CELLS.values()]:
    raise SystemExit("Changed: openpyxl no longer reads the values that it wrote.")
for name, (_, form, wanted) in CELLS.items():
    if row[name] != wanted:
        raise SystemExit(f"Changed: {name} with the format {form} is {row[name]}, it was {wanted}.")
EOF
