#!/usr/bin/env bash
# csvkit 2.2.0 turns a column of weekdays or months into dates of the year 1, and clock times into minutes.
#
# Expected: csvsort and csvjoin sort and join rows; csvjson writes them as JSON. What is no date stays as it is.
# Seen: "monday" becomes 0001-01-08 and "may" becomes 0001-05-01. The clock times 06:30 and 22:15 become 0:06:30 and
# 0:22:15, minutes and seconds. The machines 0 and 1 become False and True, and 5% becomes 5. The types are guessed by
# agate 1.14.2, column by column; with other values in the file ("monday", "unknown") the column stays text. With
# --no-inference nothing is changed.
# Why it matters: weekday, month, hour and shift are the usual features of a forecast. After one csvsort the model sees
# categories that it does not know, and the hour of the day is sixty times too small.
# Source: csvkit documentation, "Tips and troubleshooting", on the inference of types.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "csvkit==2.2.0" "agate==1.14.2"

cat >rows.csv <<'EOF'
weekday,month,start,machine,share
monday,may,06:30,1,5%
friday,march,22:15,0,10%
EOF
venv/bin/csvsort -c share rows.csv | tee sorted.csv
venv/bin/csvjson rows.csv | tee rows.json
venv/bin/csvsort --no-inference -c share rows.csv >plain.csv
venv/bin/python - <<'EOF'
import csv
import json

first = next(csv.DictReader(open("sorted.csv")))
if first != {"weekday": "0001-01-08", "month": "0001-05-01", "start": "0:06:30", "machine": "True", "share": "5"}:
    raise SystemExit(f"Changed: csvsort no longer writes such values: {first}")
row = json.load(open("rows.json"))[0]
if (row["weekday"], row["machine"], row["share"]) != ("0001-01-08", True, 5.0):
    raise SystemExit(f"Changed: csvjson no longer writes such values: {row}")
if "monday,may,06:30,1,5%" not in open("plain.csv").read():
    raise SystemExit("Changed: --no-inference no longer leaves the values as they are.")
EOF
