#!/usr/bin/env bash
# mat-for-js 1.1.0 (npm) loses a quarter of the values of a three-dimensional MATLAB array and gives others twice.
#
# Expected: an array of 2 x 3 x 2 keeps the place of each value, as scipy 1.17.1, which wrote it, reads it back.
# Seen: tables (two dimensions) are right. With three dimensions the first sensor is right; in the place of the second
# one stand values of other machines, hours and sensors: of twelve values three are lost, three come twice. The shape is
# right. No error.
# Why it matters: stacks of tables (machine x hour x sensor, latitude x longitude x time) are what MATLAB files of
# measurements hold; who looks at the first sensor finds it right, and learns from values of other machines.
# Source: MATLAB, MAT-file format (level 5): elements are stored column by column; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "scipy==1.17.1" "numpy==2.4.6"
npm install --silent --no-audit --no-fund --prefix "$folder" "mat-for-js@1.1.0" >/dev/null

venv/bin/python - <<'PYTHON'
import json
from importlib.metadata import version

import numpy
import scipy.io

table = numpy.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
cube = numpy.arange(12.0).reshape(2, 3, 2)
scipy.io.savemat("measured.mat", {"table": table, "cube": cube})
read = scipy.io.loadmat("measured.mat")
with open("right.json", "w") as file:
    json.dump({name: read[name].tolist() for name in ("table", "cube")}, file)
print("scipy", version("scipy"), read["cube"].tolist())
if not numpy.array_equal(read["cube"], cube):
    raise SystemExit("Changed: scipy no longer reads what it wrote.")
PYTHON
cat >check.js <<'JS'
const fs = require("fs");
const { read } = require("mat-for-js");

const right = JSON.parse(fs.readFileSync("right.json", "utf8"));
const { data } = read(new Uint8Array(fs.readFileSync("measured.mat")).buffer);
const cube = JSON.stringify(data.cube);
console.log("mat-for-js", cube);
if (JSON.stringify(data.table) !== JSON.stringify(right.table)) throw new Error("Changed: a table is read otherwise.");
if (cube === JSON.stringify(right.cube)) throw new Error("Changed: an array of three dimensions is right.");
if (cube !== "[[[0,8],[2,10],[4,7]],[[6,4],[8,1],[10,3]]]") throw new Error("Changed: other values are wrong now.");
JS
node check.js
