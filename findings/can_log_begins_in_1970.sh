#!/usr/bin/env bash
# python-can 4.6.1 reads a log of 2023 as one of 1970 in one of its formats, and does not add up times that are
# relative.
#
# Expected: what can.Logger wrote, can.LogReader reads back with its times, whatever the ending of the file. In a
# Vector ASC file that says "timestamps relative" each time is counted from the message before.
# Seen: ASC files come back with times from 0, although the date of the start stands in the file; BLF, TRC, CSV,
# SQLite and candump files give the date. Under "timestamps relative" the steps 0.0, 0.1, 0.1 are handed over as they
# are, so that all later messages share the time 0.1; also with relative_timestamp=False, which only adds the start.
# Why it matters: signals of a vehicle or a machine are joined with others by time; a drive of an hour collapses into
# the length of one step, or lies in 1970, depending on the ending that the logger was given.
# Source: found by running; ASCReader documents relative_timestamp=True as its default.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "python-can==4.6.1"

cat >relative.asc <<'EOF'
date Tue Nov 14 10:13:20.000 pm 2023
base hex  timestamps relative
internal events logged
   0.000000 1  123             Rx   d 2 01 02
   0.100000 1  123             Rx   d 2 01 03
   0.100000 1  123             Rx   d 2 01 04
   0.100000 1  123             Rx   d 2 01 05
EOF

TZ=UTC venv/bin/python - <<'EOF'
from importlib.metadata import version

import can

start = 1700000000.25
messages = [
    can.Message(timestamp=start + step, arbitration_id=0x123, data=[step], is_extended_id=False)
    for step in range(3)
]
print("python-can", version("python-can"), "written with times from", start)
for ending in ("blf", "trc", "csv", "db", "log", "asc"):
    with can.Logger(f"drive.{ending}") as logger:
        for message in messages:
            logger(message)
    with can.LogReader(f"drive.{ending}") as reader:
        times = [round(message.timestamp, 3) for message in reader]
    print(f"{ending}: {times}")
    expected = [0.0, 1.0, 2.0] if ending == "asc" else [start, start + 1, start + 2]
    if times != expected:
        raise SystemExit(f"Changed: the times of a file .{ending} are no longer {expected}.")
with can.LogReader("relative.asc") as reader:
    relative = [round(message.timestamp, 3) for message in reader]
with can.ASCReader("relative.asc", relative_timestamp=False) as reader:
    absolute = [round(message.timestamp, 3) for message in reader]
print("steps of 0.1 s:", relative, "with the start:", absolute)
if relative != [0.0, 0.1, 0.1, 0.1] or absolute != [1700000000.0] + [1700000000.1] * 3:
    raise SystemExit("Changed: relative times are added up now.")
EOF
