#!/usr/bin/env bash
# comtrade 0.2.0 keeps the times of a record in 32 bits, so that samples of a long record share one time.
#
# Expected: time stamps of a COMTRADE file are microseconds; samples a millisecond apart stay a millisecond apart
# wherever they stand in the record, as the file says.
# Seen: after a day, the four samples at .000, .001, .002 and .003 seconds all have the time 86400.0, and values of
# eight digits are rounded until two of them are equal. use_double_precision=True, which is off, reads all rightly.
# Why it matters: long records of grids and motors become rows keyed by time; rows fall together, rates of
# change divide by zero, and a test with a record of a second shows nothing.
# Source: IEEE C37.111-1999, data file; the argument use_double_precision of Comtrade.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "comtrade==0.2.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version
from pathlib import Path

import comtrade

Path("day.cfg").write_text(
    "STATION,DEVICE,1999\n1,1A,0D\n1,IA,A,,A,0.001,0.0,0,-99999999,99999999,1,1,S\n50\n0\n0,4\n"
    "01/03/2024,00:00:00.000000\n01/03/2024,00:00:00.000000\nASCII\n1\n"
)
Path("day.dat").write_text("".join(f"{n + 1},{86_400_000_000 + n * 1000},{16777217 + n}\n" for n in range(4)))


def read(**options):
    record = comtrade.Comtrade(**options)
    record.load("day.cfg", "day.dat")
    return [round(float(at), 6) for at in record.time], [round(float(value), 6) for value in record.analog[0]]


plain, double = read(), read(use_double_precision=True)
print("comtrade", version("comtrade"))
print("default:         ", *plain)
print("double precision:", *double)
if double != ([86400.0, 86400.001, 86400.002, 86400.003], [16777.217, 16777.218, 16777.219, 16777.22]):
    raise SystemExit("Changed: the record is no longer read exactly in double precision.")
if plain[0] != [86400.0] * 4 or len(set(plain[1])) != 3:
    raise SystemExit("Changed: times and values no longer fall together by default.")
EOF
