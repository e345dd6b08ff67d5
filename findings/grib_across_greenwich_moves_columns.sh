#!/usr/bin/env bash
# cfgrib 0.9.15.1 gives the values of a weather grid across the zero meridian to the wrong longitudes.
#
# Expected: a grid from 358 to 1 degrees east (Spain, France, Britain) has the value of 358 at 358.
# Seen: ecCodes 2.50.0 itself lists each point rightly. cfgrib takes the sorted list of distinct longitudes, 1, 358,
# 359, 360, for the axis and leaves the values in the order of the file: what belongs to 358 stands at 1, and every
# other column is one place off. A grid that does not cross the meridian is right.
# Why it matters: weather for London or Valencia is taken from another place, with plausible values, in every row.
# Source: found by running; ecCodes keys distinctLongitudes (sorted) and longitudes (in the order of the values).
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


def write(name, first, last):
    message = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib2")
    for key, value in {
        "Ni": 4, "Nj": 2, "latitudeOfFirstGridPointInDegrees": 51, "latitudeOfLastGridPointInDegrees": 50,
        "longitudeOfFirstGridPointInDegrees": first, "longitudeOfLastGridPointInDegrees": last,
        "iDirectionIncrementInDegrees": 1, "jDirectionIncrementInDegrees": 1, "shortName": "2t",
    }.items():
        eccodes.codes_set(message, key, value)
    eccodes.codes_set_values(message, np.arange(8.0) + 1)
    with open(name, "wb") as file:
        eccodes.codes_write(message, file)
    points = zip(
        eccodes.codes_get_double_array(message, "longitudes")[:4], eccodes.codes_get_values(message)[:4]
    )
    return {float(longitude) % 360: round(float(value), 2) for longitude, value in points}


def read(name):
    row = xarray.open_dataset(name, engine="cfgrib", backend_kwargs={"indexpath": ""})["t2m"][0]
    return {
        float(longitude) % 360: round(float(value), 2)
        for longitude, value in zip(row["longitude"].values, row.values)
    }


print("cfgrib", version("cfgrib"), "ecCodes", eccodes.codes_get_api_version())
for name, first, last in (("germany.grib", 8, 11), ("greenwich.grib", 358, 1)):
    by_eccodes, by_cfgrib = write(name, first, last), read(name)
    print(f"{first} to {last} degrees, ecCodes:", by_eccodes)
    print(f"{first} to {last} degrees, cfgrib: ", by_cfgrib)
    if name == "germany.grib" and by_cfgrib != by_eccodes:
        raise SystemExit("Changed: a grid beside the meridian is no longer read as ecCodes reads it.")
if by_eccodes != {358.0: 1.0, 359.0: 2.0, 0.0: 3.0, 1.0: 4.0}:
    raise SystemExit("Changed: ecCodes lists the points in another way.")
if by_cfgrib != {1.0: 1.0, 358.0: 2.0, 359.0: 3.0, 0.0: 4.0}:
    raise SystemExit("Changed: columns across the meridian are no longer one place off.")
EOF
