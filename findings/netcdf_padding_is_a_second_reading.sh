#!/usr/bin/env bash
# netcdfjs 4.0.0 (npm) reads the padding of a netCDF file as readings of -32767, and -1 as 255.
#
# Expected: netCDF 3 fills each record of a variable up to four bytes; a reader leaves the filling out, as scipy's does,
# which wrote the files. A byte of netCDF has a sign.
# Seen: with two variables over time, the one of 16 bits is [1, -32767], [2, -32767] and so on, two readings at each
# time. The byte -1 is 255 and is followed by three bytes of 129. Decimal numbers are right, and so is the variable of
# 16 bits when it is the only one over time. No error.
# Why it matters: weather, ocean and energy models publish such packed variables, which dashboards and services read in
# JavaScript; half of the readings are filling, and they are in the range of temperatures in hundredths.
# Source: netCDF classic format, "vsize" and padding; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "scipy==1.17.1" "numpy==2.4.6"
npm install --silent --no-audit --no-fund --prefix "$folder" "netcdfjs@4.0.0" >/dev/null

venv/bin/python - <<'EOF'
import numpy
import scipy
from scipy.io import netcdf_file


def write(path, columns):
    with netcdf_file(path, "w") as file:
        file.createDimension("time", None)
        for name, (kind, values) in columns.items():
            file.createVariable(name, kind, ("time",))[:] = numpy.array(values, kind)


packed = {"level": ("h", [1, 2, 3])}
write("one.nc", packed)
write("three.nc", packed | {"hours": ("d", [0.5, 1.0, 1.5]), "frost": ("b", [-1, 2, -3])})
with netcdf_file("three.nc", mmap=False) as file:
    seen = {name: file.variables[name][:].tolist() for name in ("level", "hours", "frost")}
print("scipy", scipy.__version__, seen)
if seen != {"level": [1, 2, 3], "hours": [0.5, 1.0, 1.5], "frost": [-1, 2, -3]}:
    raise SystemExit("Changed: scipy no longer reads what it wrote.")
EOF
cat >check.mjs <<'EOF'
import { readFileSync } from "node:fs";
import { NetCDFReader } from "netcdfjs";

const [one, three] = ["one.nc", "three.nc"].map((path) => new NetCDFReader(readFileSync(path)));
const expected = [
  [one, "level", "[1,2,3]"],
  [three, "hours", "[0.5,1,1.5]"],
  [three, "level", "[[1,-32767],[2,-32767],[3,-32767]]"],
  [three, "frost", "[[255,129,129,129],[2,129,129,129],[253,129,129,129]]"],
];
for (const [file, name, wanted] of expected) {
  const seen = JSON.stringify(file.getDataVariable(name));
  console.log(`netcdfjs, ${file.variables.length} variables, ${name}: ${seen}`);
  if (seen !== wanted) throw new Error(`Changed: ${name} is no longer ${wanted}.`);
}
EOF
node check.mjs
