#!/usr/bin/env bash
# zarr 0.6.3 (npm) reads the degrees 20, 21, 22, 20 of a Zarr array as 20, 1, 1, -2.
#
# Expected: an array that was stored with a filter (Delta, which keeps the differences of neighbours and makes files
# small) is read through it, as zarrita 0.7.5 (npm) and zarr 3.1.6 (Python) do, or the filter is refused: the same
# library refuses to create an array with one.
# Seen: on reading, the filters in .zarray are left out, and the stored differences are the values. No error.
# Why it matters: Delta is the usual choice for clocks, counters and slow sensors; a dashboard or a model in JavaScript
# gets a temperature around zero degrees, plausible in winter, where Python has the right one.
# Source: Zarr storage specification 2, "filters"; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "zarr==3.1.6" "numcodecs==0.16.6" "numpy==2.4.6"
npm install --silent --no-audit --no-fund --prefix "$folder" "zarr@0.6.3" "zarrita@0.7.5" >/dev/null

venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numcodecs
import numpy
import zarr

degrees = numpy.array([20, 21, 22, 20], dtype="<i4")
written = zarr.create_array(
    "station", shape=4, chunks=4, dtype="<i4", zarr_format=2, filters=[numcodecs.Delta("<i4")], compressors=None
)
written[:] = degrees
read = zarr.open_array("station", mode="r")[:].tolist()
print("zarr (Python)", version("zarr"), read)
if read != degrees.tolist():
    raise SystemExit("Changed: Python no longer reads what it wrote.")
PYTHON
cat >check.mjs <<'JS'
import fs from "node:fs";
import * as zarr from "zarr";
import * as zarrita from "zarrita";

const station = {
  keys: async () => fs.readdirSync("station"),
  containsItem: async (key) => fs.existsSync(`station/${key}`),
  getItem: async (key) => {
    if (!fs.existsSync(`station/${key}`)) throw new zarr.KeyError(key);
    return new Uint8Array(fs.readFileSync(`station/${key}`)).buffer;
  },
};
const array = await zarr.openArray({ store: station, mode: "r" });
const seen = [...(await array.get(null)).data].join(" ");
const files = { get: async (key) => (fs.existsSync(`station${key}`) ? fs.readFileSync(`station${key}`) : undefined) };
const peer = await zarrita.get(await zarrita.open.v2(zarrita.root(files), { kind: "array" }));
console.log(`zarr (npm): ${seen}; zarrita: ${[...peer.data].join(" ")}`);
if ([...peer.data].join(" ") !== "20 21 22 20") throw new Error("Changed: zarrita reads the array otherwise.");
if (seen !== "20 1 1 -2") throw new Error("Changed: the differences are no longer taken for the values.");
JS
node check.mjs
