#!/usr/bin/env bash
# python-calamine 0.9.1 reads durations of a spreadsheet as three different kinds of value in one column.
#
# Expected: cells of an OpenDocument sheet that hold 6, 30 and 54 hours ([HH]:MM:SS, machine hours) come back as
# durations, as they do from the same sheet in xlsx.
# Seen: below a day the value is a time of day, datetime.time(6, 0); from a day on it is the raw text
# "PT30H00M00S". pandas 3.1.1 reads the file with its odf engine not at all: "hour must be in 0..23".
# Why it matters: the column is text and times mixed; what turns it into numbers keeps the short runs and
# loses the long ones, which are those that wear a machine out.
# Source: OpenDocument 1.2, office:time-value is a duration.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  "python-calamine==0.9.1" "openpyxl==3.1.5" "odfpy==1.4.1" "pandas==3.1.1" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import datetime
import zipfile
from importlib.metadata import version

import openpyxl
import pandas
from python_calamine import CalamineWorkbook

NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
rows = "".join(
    f'<table:table-row><table:table-cell office:value-type="time" office:time-value="PT{hours:02d}H00M00S">'
    f"<text:p>{hours:02d}:00:00</text:p></table:table-cell></table:table-row>"
    for hours in (6, 30, 54)
)
content = (
    f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{NAMES}office:1.0" '
    f'xmlns:table="{NAMES}table:1.0" xmlns:text="{NAMES}text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
    f'<table:table table:name="runs">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
)
media = "application/vnd.oasis.opendocument.spreadsheet"
manifest = (
    f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{NAMES}manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
with zipfile.ZipFile("runs.ods", "w") as archive:
    archive.writestr("mimetype", media)
    archive.writestr("content.xml", content)
    archive.writestr("META-INF/manifest.xml", manifest)
book = openpyxl.Workbook()
for hours in (6, 30, 54):
    book.active.append([datetime.timedelta(hours=hours)])
book.save("runs.xlsx")


def read(name):
    return [row[0] for row in CalamineWorkbook.from_path(name).get_sheet_by_index(0).to_python()]


ods, xlsx = read("runs.ods"), read("runs.xlsx")
try:
    by_pandas = str(pandas.read_excel("runs.ods", engine="odf", header=None)[0].tolist())
except ValueError as error:
    by_pandas = f"{type(error).__name__}: {error}"
print("python-calamine", version("python-calamine"), "pandas", pandas.__version__)
print("xlsx:", xlsx)
print("ods: ", ods)
print("ods by pandas and odfpy:", by_pandas)
if ods != [datetime.time(6, 0), "PT30H00M00S", "PT54H00M00S"]:
    raise SystemExit("Changed: durations of a day and more are no longer raw text beside times of day.")
if "hour must be in 0..23" not in by_pandas:
    raise SystemExit("Changed: pandas no longer refuses the sheet for its durations.")
EOF
