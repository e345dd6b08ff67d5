#!/usr/bin/env bash
# msconsconverter 2.0.0 writes each meter reading three times, once under the time of the reading before it.
#
# Expected: a message of the German energy market (MSCONS) with three quarters of an hour becomes three rows, as its
# QTY, DTM+163 and DTM+164 segments say; a substitute value (QTY+67) is a reading, marked as such.
# Seen: after the first reading every segment writes a row of what is known by then: the second reading stands under
# the quarter of the first one, under a quarter of no length, and then in its place; the last one is written for each
# segment until the end. Substitute values are 0.0, of which the log says "strange numeric code". Ten rows of three.
# Why it matters: load profiles are settled and forecast by the quarter; a sum of the file is up to three times the
# energy, a mean per time mixes neighbours, and a meter that was read by estimate uses nothing.
# Source: EDI@Energy MSCONS, segments QTY (220 true value, 67 substitute value) and DTM; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "msconsconverter==2.0.0"

venv/bin/python - <<'PYTHON'
import csv
import logging
from importlib.metadata import version
from pathlib import Path

from msconsconverter.functions import convert_single

QUARTERS = [("220", "10.5", "2300", "2315"), ("220", "20.5", "2315", "2330"), ("67", "30.5", "2330", "2345")]
segments = [
    "UNA:+.? ",
    "UNB+UNOC:3+4012345000023:14+4012345000094:14+260202:0512+1",
    "UNH+1+MSCONS:D:04B:UN:2.4b",
    "BGM+7+1+9",
    "UNS+D",
    "NAD+DP",
    "LOC+172+DE0000000000000000000000000000001",
    "LIN+1",
    "PIA+5+1-1?:1.29.0:SRW",
]
for kind, value, start, end in QUARTERS:
    times = [f"DTM+163:20260131{start}?+00:303", f"DTM+164:20260131{end}?+00:303"]
    segments += [f"QTY+{kind}:{value}", *times]
segments += ["UNT+16+1", "UNZ+1+1", ""]
Path("meter.txt").write_text("'".join(segments))
convert_single("meter.txt", "rows", logging.getLogger("quiet"))
(path,) = Path("rows").glob("*.csv")
with path.open() as file:
    table = list(csv.DictReader(file))
rows = [(row["DATE_PERIOD_START"][8:12], row["DATE_PERIOD_END"][8:12], row["VALUE"]) for row in table]
print("msconsconverter", version("msconsconverter"), "start, end and value:", *rows)
if rows[:4] != [("2300", "2315", "10.5"), ("2300", "2315", "20.5"), ("2315", "2315", "20.5"), ("2315", "2330", "20.5")]:
    raise SystemExit("Changed: the second reading no longer stands under the quarter of the first one.")
if set(rows[4:]) != {("2315", "2330", "0.0"), ("2330", "2330", "0.0"), ("2330", "2345", "0.0")}:
    raise SystemExit("Changed: a substitute value is no longer 0.0.")
if sum(float(value) for _, _, value in rows) != 72 or len(rows) <= len(QUARTERS):
    raise SystemExit("Changed: the sum of the rows is another one.")
PYTHON
