#!/usr/bin/env bash
# LightGBM 4.7.0: a model file that is damaged in the midst of a tree ends the whole process when it is loaded.
#
# Expected: Booster(model_str=...) raises LightGBMError, as it does for a header that is damaged.
# Seen: trees are parsed by several threads, and what one of them finds ends the process: "terminate called without an
# active exception", signal 6. A split that leads to a node that is not there is followed, and is signal 11 at best.
# Why it matters: a service that loads what others trained goes down with an upload that was cut off, and comes up to
# the same file again; no try can catch it.
# Source: LightGBM, GBDT::LoadModelFromString.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "lightgbm==4.7.0" "numpy==2.4.6"

cat > fit.py <<'PY'
from importlib.metadata import version
from pathlib import Path

import lightgbm
import numpy as np

random = np.random.default_rng(0)
rows = random.normal(size=(400, 3))
data = lightgbm.Dataset(rows, rows[:, 0] > 0)
text = lightgbm.train({"objective": "binary", "verbose": -1}, data, 8).model_to_string()
print("LightGBM", version("lightgbm"))
Path("header.txt").write_text(text.replace("num_class=1\n", ""))
Path("tree.txt").write_text(text.replace("leaf_value=", "leaf_other="))
PY
cat > load.py <<'PY'
import sys
from pathlib import Path

import lightgbm

try:
    lightgbm.Booster(model_str=Path(sys.argv[1]).read_text())
except lightgbm.basic.LightGBMError as error:
    print("LightGBMError:", error)
    sys.exit(3)
PY
venv/bin/python fit.py
status() { local code=0; venv/bin/python load.py "$1" >"$1.log" 2>&1 || code=$?; echo "$code"; }
header=$(status header.txt)
tree=$(status tree.txt)
echo "damaged header: exit status $header; damaged tree: exit status $tree"
[ "$header" = 3 ] || { echo "A damaged header is no LightGBMError any more."; exit 1; }
[ "$tree" -ge 128 ] || { echo "A damaged tree does not end the process any more."; exit 1; }
echo "Seen: a damaged header is an error, a damaged tree ends the process."
