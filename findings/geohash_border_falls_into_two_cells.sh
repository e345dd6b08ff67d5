#!/usr/bin/env bash
# geohash2 1.1 and pygeohash 3.5.1 put a point with round coordinates into different cells.
#
# Expected: a geohash is a name for a place; every library gives the same name for the same coordinates, so that two
# tables can be joined by it.
# Seen: where a coordinate lies exactly on a border (0, 11.25, 22.5, 45, 90 degrees and their multiples) geohash2
# takes the western or southern cell, pygeohash and python-geohash 0.9.2 the eastern or northern one: 45 N 11.25 E is
# spzzzz in one and u20000 in the other, without one letter in common. Elsewhere all three agree. Beside that,
# geohash2 decodes into texts ('52.52', '13.41'), the two others into numbers.
# Why it matters: grids of weather and satellite data have points on just these degrees; a join of grid and stations
# by geohash has no partner there, whole rows and columns of the map at once.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "geohash2==1.1" "pygeohash==3.5.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import geohash2
import pygeohash

print("geohash2", version("geohash2"), "pygeohash", version("pygeohash"))


def both(latitude, longitude):
    return geohash2.encode(latitude, longitude, 6), pygeohash.encode(latitude, longitude, precision=6)


steps = [step / 4 for step in range(-40, 241)]
grid = [(latitude, longitude) for latitude in steps for longitude in steps if 30 <= latitude <= 60 and longitude <= 30]
other = [point for point in grid if len(set(both(*point))) > 1]
print(f"grid of a quarter degree, 30 to 60 N, 10 W to 30 E: {len(grid)} points, {len(other)} have two names")
print("45 N 11.25 E:", both(45.0, 11.25), "45.1 N 11.3 E:", both(45.1, 11.3))
print("decoded:", geohash2.decode("u33dc0c"), tuple(pygeohash.decode("u33dc0c")))
if both(45.0, 11.25) != ("spzzzz", "u20000"):
    raise SystemExit("Changed: a point on a border has one name now.")
if any(latitude % 11.25 and longitude % 11.25 for latitude, longitude in other):
    raise SystemExit("Changed: the libraries also differ away from the borders.")
expected = {point for point in grid if point[0] % 11.25 == 0 or point[1] % 11.25 == 0}
if set(other) != expected:
    raise SystemExit("Changed: not all points on a border have two names.")
if geohash2.decode("u33dc0c") != ("52.52", "13.41"):
    raise SystemExit("Changed: geohash2 no longer decodes into texts.")
EOF
