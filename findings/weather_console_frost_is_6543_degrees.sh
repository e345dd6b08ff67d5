#!/usr/bin/env bash
# PyVantagePro 0.3.2 reads frost from a Davis weather station as 6543.6 degrees, and a missing sensor as 3276.7.
#
# Expected: the LOOP packet of a Davis Vantage sends temperatures with a sign, in tenths of a degree Fahrenheit, 32767
# where there is none; those of soil and leaves as one byte that is 90 too high, and 255 where there is no sensor.
# Seen: -10 degrees are 6543.6; what is not there is 3276.7 degrees, a humidity of 255 % and soil of 255 degrees. Soil
# of 60 degrees is 150 in the current weather and 60 in the archive of the same console. No error.
# Why it matters: all is right in summer and with all sensors; the first frost is the hottest hour of the record, and a
# table of archive rows and current ones has two soils, 90 degrees apart.
# Source: Davis, Vantage serial communication reference manual, LOOP packet and archive records; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "PyVantagePro==0.3.2"

venv/bin/python - <<'EOF'
import datetime
import struct
from importlib.metadata import version

from pyvantagepro.parser import ArchiveDataParserRevB, LoopDataParserRevB, VantageProCRC


def packed(layout, **values):
    """Return a packet in the layout of the console, low byte first, whose other fields are zero."""
    zeros = {name: bytes(int(kind[:-1])) if kind.endswith("s") else 0 for name, kind in layout}
    filled = {**zeros, **values}
    return struct.pack("<" + "".join(kind for _, kind in layout), *(filled[name] for name, _ in layout))


def current(**values):
    """Return what is read from a LOOP packet with its right checksum."""
    body = packed(LoopDataParserRevB.LOOP_FORMAT, LOO=b"LOO", EOL=b"\n\r", **values)[:-2]
    return LoopDataParserRevB(VantageProCRC(body).data_with_checksum, datetime.datetime(2024, 1, 1))


soil = bytes([60 + 90, 255, 255, 255])
summer = current(TempOut=750, TempIn=720, HumOut=40)
winter = current(TempOut=2**16 - 100, TempIn=32767, HumOut=255, SoilTemps=soil)
stored = ArchiveDataParserRevB(
    packed(ArchiveDataParserRevB.ARCHIVE_FORMAT, DateStamp=1 + 32 + 24 * 512, TempOut=2**16 - 100, SoilTemps=soil)
)
names = ("TempOut", "TempIn", "HumOut", "SoilTemps01", "SoilTemps02")
print("PyVantagePro", version("PyVantagePro"))
for title, values in (("summer", summer), ("winter", winter), ("archive", stored)):
    print(title, {name: values[name] for name in names})
if [summer[name] for name in names[:3]] != [75.0, 72.0, 40]:
    raise SystemExit("Changed: a warm day is no longer read rightly.")
if [winter[name] for name in names] != [6543.6, 3276.7, 255, 150, 255]:
    raise SystemExit("Changed: frost, or a sensor that is not there, is read otherwise.")
if [stored[name] for name in ("TempOut", "SoilTemps01", "SoilTemps02")] != [6543.6, 60, 165]:
    raise SystemExit("Changed: the archive is read otherwise.")
EOF
