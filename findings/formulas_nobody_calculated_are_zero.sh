#!/usr/bin/env bash
# A workbook written by openpyxl 3.1.5 has no values for its formulas, one by XlsxWriter 3.2.9 has 0; readers take both as they are.
#
# Expected: pandas, Polars and calamine read the value of a formula, or say that there is none.
# Seen: a column of formulas is missing in every row where openpyxl wrote it (NaN with pandas, empty texts with Polars, which
# tells that it found no type), and 0 in every row where XlsxWriter did, without a word by anyone. So are texts that begin
# with "=": pandas writes the texts "=7.5" of a column, as other programs guard numbers in CSV, as formulas.
# Why it matters: reports are filled in by programs and opened by people, who see Excel's values; a service that reads the
# same file learns that a column is empty, or that every machine stands still.
# Source: XlsxWriter's documentation, "Formula Results"; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "openpyxl==3.1.5" "XlsxWriter==3.2.9" "pandas==2.3.3" \
    "polars==1.35.2" "fastexcel==0.16.0" "python-calamine==0.5.4"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import pandas as pd
import polars as pl

frame = pd.DataFrame({"speed": [7.5, 8.5], "twice": ["=A2*2", "=A3*2"], "load": ["=7.5", "=8.5"]})
frame.to_excel("openpyxl.xlsx", index=False, engine="openpyxl")
frame.to_excel("xlsxwriter.xlsx", index=False, engine="xlsxwriter")


def shown(values):
    return [None if pd.isna(value) or value == "" else float(value) for value in values]


for writer, wanted in (("openpyxl", None), ("xlsxwriter", 0.0)):
    for reader in ("openpyxl", "calamine", "polars"):
        name = f"{writer}.xlsx"
        read = pl.read_excel(name) if reader == "polars" else pd.read_excel(name, engine=reader)
        found = {column: shown(list(read[column])) for column in frame if column in read.columns}
        print(f"written by {writer}, read by {reader}:", found)
        if found["speed"] != [7.5, 8.5]:
            raise SystemExit("Changed: plain numbers are no longer read.")
        for column in ("twice", "load"):
            if found.get(column, [None, None]) != [wanted, wanted]:
                raise SystemExit(f"Changed: {column} is {found[column]}, it was {wanted} in every row.")
print({name: version(name) for name in ("openpyxl", "XlsxWriter", "pandas", "polars", "python-calamine")})
EOF
