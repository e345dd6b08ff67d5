#!/usr/bin/env bash
# nemreader 0.9.2 makes 24 "days" of a meter's day, none of which has its energy, and adds kvarh to kWh.
#
# Expected: set_interval=1440 gives a row a day with the day's sum, as set_interval=60 gives 24 hours; a balance of a
# connection is what was used less what was fed in, in kWh.
# Seen: set_interval=1440 gives 24 rows, each from an hour of the day before to the same hour, with the energy of one
# hour; 120 gives 24 intervals of two hours that overlap. The view combined_readings of its SQLite export adds the
# reactive energy of the same connection to the balance, 1.25 for 0.75. In the pivoted frame the quality is that of the
# first channel: substituted values of the second one are called actual. No warning.
# Why it matters: Australian meters send all channels in one file (NEM12); a daily model is trained on 1/24 of the use
# and stands a day too early, and a site with a motor uses more than it was billed for.
# Source: AEMO, Meter Data File Format NEM12, records 200 and 300; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "nemreader==0.9.2" "pandas==3.1.1"

venv/bin/python - <<'EOF'
import sqlite3
from importlib.metadata import version
from pathlib import Path

import pandas
from nemreader import NEMFile, output_as_sqlite
from nemreader.output_db import extend_sqlite


def channel(number, suffix, value, unit, quality):
    """Return the records of a channel with the same value in each half hour of 1 March 2024."""
    head = f"200,NMI0000001,E1B1Q1,{number},{suffix},N{number},METER1,{unit},30,"
    return f"{head}\n300,20240301,{','.join([str(value)] * 48)},{quality},,,20240302000000,\n"


lines = channel(1, "B1", 0.25, "kWh", "A") + channel(2, "E1", 1, "kWh", "S14") + channel(3, "Q1", 0.5, "kVArh", "A")
Path("meter.csv").write_text(f"100,NEM12,202403020000,MDP,RETAILER\n{lines}900\n")

meter = NEMFile("meter.csv")
print("nemreader", version("nemreader"), "pandas", pandas.__version__)
for minutes, first in ((60, "2024-03-01 00:00"), (120, "2024-02-29 23:00"), (1440, "2024-02-29 01:00")):
    frame = meter.get_pivot_data_frame(set_interval=minutes)
    row = frame.iloc[0]
    print(f"{minutes} minutes: {len(frame)} rows, the first from {row.t_start} to {row.t_end} with {row.E1} kWh")
    if (len(frame), str(row.t_start)[:16], row.E1) != (24, first, 2.0):
        raise SystemExit(f"Changed: intervals of {minutes} minutes are made otherwise.")

path = output_as_sqlite("meter.csv", output_dir=".")
extend_sqlite(path)
balance = sqlite3.connect(path).execute("select distinct value from combined_readings").fetchall()
qualities = set(meter.get_pivot_data_frame().quality)
print("balance of a half hour:", balance, "quality:", qualities)
if balance != [(1.25,)]:
    raise SystemExit("Changed: the balance no longer adds the reactive energy.")
if qualities != {"A"}:
    raise SystemExit("Changed: the substituted values of the second channel are marked.")
EOF
