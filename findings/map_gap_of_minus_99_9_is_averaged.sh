#!/usr/bin/env bash
# geoblaze 2.8.0 (npm) averages the gaps of a map of 32-bit numbers when their value has decimals, such as -99.9.
#
# Expected: GeoTIFF names the value that stands for "no data"; pixels with it are left out, as rasterio 1.4.4 does.
# Seen: -99.9 in 32 bits is -99.9000015, which geoblaze compares with the -99.9 of the file's text: not equal. The mean
# of 10, 20, 30 and a gap is -9.98 instead of 20, the lowest value -99.9. With -9999 all is right. No error. The same
# holds for -3.4e+38, the gaps of the climate maps of WorldClim.
# Why it matters: features of a region (rain, height, vegetation) shift a little for each gap in it, most at coasts and
# borders; -99.9 is near enough to temperatures to go unseen.
# Source: GDAL's tag GDAL_NODATA, a text; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "rasterio==1.4.4" "numpy==2.4.6"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "geoblaze@2.8.0" "georaster@1.6.0" >/dev/null

venv/bin/python - <<'PYTHON'
import numpy
import rasterio
from rasterio.transform import from_origin

for name, gap in (("whole", -9999), ("decimal", -99.9), ("worldclim", -3.4e38)):
    pixels = numpy.array([[gap, 10], [20, 30]], dtype="float32")
    options = {"driver": "GTiff", "width": 2, "height": 2, "count": 1, "dtype": "float32", "nodata": gap}
    with rasterio.open(f"{name}.tif", "w", crs="EPSG:4326", transform=from_origin(8, 50, 1, 1), **options) as file:
        file.write(pixels, 1)
    with rasterio.open(f"{name}.tif") as file:
        mean = float(file.read(1, masked=True).mean())
    print("rasterio", rasterio.__version__, name, mean)
    if mean != 20:
        raise SystemExit("Changed: rasterio no longer leaves the gap out.")
PYTHON
cat >check.js <<'JS'
const fs = require("node:fs");
const geoblaze = require("geoblaze");

(async () => {
  const seen = {};
  for (const name of ["whole", "decimal", "worldclim"]) {
    const bytes = fs.readFileSync(`${name}.tif`);
    const map = await geoblaze.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const [[mean], [low]] = [await geoblaze.mean(map), await geoblaze.min(map)];
    seen[name] = [mean, low];
  }
  console.log("geoblaze", JSON.stringify(seen));
  if (seen.whole[0] !== 20 || seen.whole[1] !== 10) throw new Error("Changed: a gap without decimals is read otherwise.");
  if (seen.decimal[0].toFixed(2) !== "-9.98") throw new Error("Changed: gaps of -99.9 are no longer averaged.");
  if (seen.worldclim[1] > -1e38) throw new Error("Changed: gaps of -3.4e38 are no longer read as values.");
})().catch((error) => { console.error(error); process.exit(1); });
JS
node check.js
