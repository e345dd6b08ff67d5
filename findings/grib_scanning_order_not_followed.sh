#!/usr/bin/env bash
# cfgrib 0.9.15.1 reads grids that are stored column by column, or from east to west, into wrong places.
#
# Expected: GRIB says in its scanning mode in which order the points are stored; whatever it says, the value of a
# point comes back at that point, as ecCodes 2.50.0 lists it.
# Seen: with iScansNegatively the field is mirrored from east to west; with jPointsAreConsecutive, columns
# first, all points but two corners are exchanged. The usual order is right. No warning.
# Why it matters: fields of some centres and of re-packed files come in these orders; a row's weather is that of another
# place, and the map still looks like weather.
# Source: WMO manual on codes, GRIB 2 flag table 3.4, scanning mode.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "cfgrib==0.9.15.1" "eccodes==2.50.0" \
  "eccodeslib==2.50.0.33" "xarray==2026.9.0" "pandas==3.1.1" "numpy==2.4.6"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import eccodes
import numpy as np
import xarray


def write(name, **flags):
    message = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib2")
    first, last = (10, 8) if "iScansNegatively" in flags else (8, 10)
    for key, value in {
        "Ni": 3, "Nj": 2, "latitudeOfFirstGridPointInDegrees": 51, "latitudeOfLastGridPointInDegrees": 50,
        "longitudeOfFirstGridPointInDegrees": first, "longitudeOfLastGridPointInDegrees": last,
        "iDirectionIncrementInDegrees": 1, "jDirectionIncrementInDegrees": 1, "shortName": "2t", **flags,
    }.items():
        eccodes.codes_set(message, key, value)
    eccodes.codes_set_values(message, np.arange(6.0) + 1)
    with open(name, "wb") as file:
        eccodes.codes_write(message, file)
    points = []
    walk = eccodes.codes_grib_iterator_new(message, 0)
    while point := eccodes.codes_grib_iterator_next(walk):
        points.append(point)
    return {(round(lat), round(lon)): round(value, 2) for lat, lon, value in points}


def read(name):
    field = xarray.open_dataset(name, engine="cfgrib", backend_kwargs={"indexpath": ""})["t2m"]
    return {
        (round(float(lat)), round(float(lon))): round(float(field.sel(latitude=lat, longitude=lon)), 2)
        for lat in field["latitude"].values
        for lon in field["longitude"].values
    }


print("cfgrib", version("cfgrib"), "ecCodes", eccodes.codes_get_api_version())
wrong = {}
for flag in ("none", "iScansNegatively", "jPointsAreConsecutive"):
    right = write(f"{flag}.grib", **({} if flag == "none" else {flag: 1}))
    seen = read(f"{flag}.grib")
    wrong[flag] = sum(seen[point] != value for point, value in right.items())
    print(f"{flag}: ecCodes {right}")
    print(f"{flag}: cfgrib  {seen}, wrong: {wrong[flag]} of 6")
if wrong["none"]:
    raise SystemExit("Changed: a grid in the usual order is no longer read as ecCodes lists it.")
if (wrong["iScansNegatively"], wrong["jPointsAreConsecutive"]) != (4, 4):
    raise SystemExit("Changed: grids in these two orders are no longer read into wrong places.")
EOF
