#!/usr/bin/env bash
# rasterio 1.4.4 and rasterstats 0.21.0 answer 0 for places that lie outside of the map.
#
# Expected: the value of a raster (elevation, rain, noise) at a point where it ends is missing, or an error; means of
# an area count what the map covers.
# Seen: if the file declares no value for "no data", dataset.sample() gives 0 outside, for whole and for decimal
# numbers, and zonal_stats() counts the part outside as zeros: an area of which a quarter is covered by the value 1
# has the mean 0.25 and four cells. For the same points point_query() of rasterstats gives None, and
# sample(masked=True) a masked value. With a declared value all of them are right.
# Why it matters: coordinates are turned into features in this way; sea level, no rain and no noise are plausible, and
# most public rasters that cover their country fully declare no such value.
# Source: found by running; the documentation of rasterio tells of masked=True.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "rasterio==1.4.4" "rasterstats==0.21.0" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

import numpy
import rasterio
from rasterio.transform import from_origin
from rasterstats import point_query, zonal_stats

values = numpy.arange(1, 10).reshape(3, 3)
points = [(11.5, 48.5), (20.0, 20.0), (9.9, 49.5)]
# The corner with the value 1 covers a quarter of the area.
area = {"type": "Polygon", "coordinates": [[(9, 49), (11, 49), (11, 51), (9, 51), (9, 49)]]}
print("rasterio", version("rasterio"), "rasterstats", version("rasterstats"))


def asked(kind, nodata):
    place = from_origin(10, 50, 1, 1)
    shape = {"height": 3, "width": 3, "count": 1, "dtype": kind, "crs": "EPSG:4326", "transform": place}
    with rasterio.open("map.tif", "w", driver="GTiff", nodata=nodata, **shape) as file:
        file.write(values.astype(kind), 1)
    with rasterio.open("map.tif") as file:
        plain = [float(value[0]) for value in file.sample(points)]
        masked = [bool(numpy.ma.getmaskarray(value)[0]) for value in file.sample(points, masked=True)]
    queried = point_query(
        [{"type": "Point", "coordinates": point} for point in points], "map.tif", interpolate="nearest"
    )
    (stats,) = zonal_stats([area], "map.tif", stats=["count", "mean"])
    print(f"{kind}, no data {nodata}: sample {plain}, masked {masked}, point_query {queried}, area {stats}")
    return plain, masked, queried, stats


for kind in ("float32", "int16"):
    plain, masked, queried, stats = asked(kind, None)
    if plain != [5, 0, 0] or masked != [False, True, True]:
        raise SystemExit("Changed: sample() no longer gives 0 outside of the map, or masks otherwise.")
    if queried != [5, None, None]:
        raise SystemExit("Changed: point_query() answers otherwise outside of the map.")
    if (stats["count"], stats["mean"]) != (4, 0.25):
        raise SystemExit("Changed: zonal_stats() no longer counts zeros outside of the map.")
    plain, masked, queried, stats = asked(kind, -9999)
    if plain != [5, -9999, -9999] or queried != [5, None, None] or (stats["count"], stats["mean"]) != (1, 1):
        raise SystemExit("Changed: a map with a declared value for no data is no longer right.")
EOF
