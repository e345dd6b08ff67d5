#!/usr/bin/env bash
# cftime 1.6.6.1, which reads times for netCDF4, ignores a zone whose hour has one digit, as CF's own example has.
#
# Expected: "seconds since 1992-10-8 15:15:42.5 -6:00", printed in the CF conventions, means 21:15:42.5 UTC; so do
# "-06:00" and "-6".
# Seen: cftime.num2date understands "-06:00" and "-0600", and takes "-6:00" and "-6" for no zone at all: six hours
# wrong, without a word. xarray 2026.9.0 reads all of them correctly, so two tools shift one file.
# Why it matters: weather of another hour is joined to a plant or a grid; the error is a constant shift, which
# a model even learns to live with until the other tool is used.
# Source: CF conventions 1.11, section 4.4, time coordinate.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  "cftime==1.6.6.1" "xarray==2026.9.0" "pandas==3.1.1" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import cftime
import xarray

right = "1992-10-08T21:15:42.500"
expected = {"-06:00": True, "-0600": True, "-6:00": False, "-6": False}
print("cftime", cftime.__version__, "xarray", xarray.__version__)
for zone, understood in expected.items():
    units = f"seconds since 1992-10-8 15:15:42.5 {zone}"
    by_cftime = cftime.num2date(0, units).isoformat()[:23]
    by_xarray = str(xarray.decode_cf(xarray.Dataset({"time": ("time", [0], {"units": units})})).time.values[0])[:23]
    print(f"{units}: cftime {by_cftime}, xarray {by_xarray}")
    if by_xarray != right:
        raise SystemExit(f"Changed: xarray no longer reads the zone {zone}.")
    if by_cftime != (right if understood else "1992-10-08T15:15:42.500"):
        raise SystemExit(f"Changed: cftime no longer treats the zone {zone} as it did.")
EOF
