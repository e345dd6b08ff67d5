#!/usr/bin/env bash
# pyshp 3.1.6 writes 1234567 into a field of six characters as 123456, and a million as a hundred thousand.
#
# Expected: a number that does not fit its field in the table of a shapefile is refused, written as stars (no value), or
# at least warned of, as pyshp warns of a text that is too long.
# Seen: the number is cut at its end: 1234567 is 123456, -123456 is -12345, 1000000 is 100000; of numbers with decimals
# only as many are left as fit, and when none fit, a digit of the number goes. No warning.
# Why it matters: fields are sized by the data of the day when the map was made; later a population, a price or a meter
# counter grows by a digit and falls to a tenth.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyshp==3.1.6"

venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

import shapefile

CASES = {
    123456: [123456, 123456.5, 123456.0],
    1234567: [123456, 1234567.0, 123456.0],
    1000000: [100000, 1000000.0, 100000.0],
    -123456: [-12345, -123455.0, -12345.0],
}
"""What is written into six characters, eight with three decimals and six with two, and what is read."""

with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    with shapefile.Writer("towns", shapeType=shapefile.POINT) as writer:
        writer.field("count", "N", size=6)
        writer.field("price", "N", size=8, decimal=3)
        writer.field("share", "F", size=6, decimal=2)
        for number in CASES:
            writer.point(0, 0)
            writer.record(number, number + 0.5, number + 0.25)
with shapefile.Reader("towns") as reader:
    rows = [list(record) for record in reader.records()]
print("pyshp", version("pyshp"), "warnings:", len(said))
for (number, seen), row in zip(CASES.items(), rows, strict=True):
    print(f"{number}, {number + 0.5}, {number + 0.25} are read as {row}")
    if row != seen:
        raise SystemExit(f"Changed: {number} is no longer read as {seen}.")
if said:
    raise SystemExit("Changed: numbers that do not fit are warned of now.")
with warnings.catch_warnings(record=True) as said, shapefile.Writer("names", shapeType=shapefile.POINT) as writer:
    warnings.simplefilter("always")
    writer.field("name", "C", size=5)
    writer.point(0, 0)
    writer.record("Hamburg")
if not said:
    raise SystemExit("Changed: texts that do not fit are no longer warned of.")
PYTHON
