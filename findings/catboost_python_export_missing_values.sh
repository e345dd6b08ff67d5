#!/usr/bin/env bash
# CatBoost 1.2.10: a model with nan_mode "Max" that is exported as Python code treats missing values as the smallest
# instead.
#
# Expected: save_model(format="python") writes standalone code that gives the same predictions; ONNX and JSON keep
# nan_mode.
# Seen: the code compares value > border, which is false for NaN, so a missing value always goes the way of the
# smallest value. With the default nan_mode ("Min") that is right; with "Max" the rows that miss a value get another
# prediction, without an error. Rows without missing values agree to ten digits, and the ONNX export of the same model
# is right throughout.
# Why it matters: standalone code is taken for small devices and for systems without the library; a test on complete
# rows shows nothing, and rows that miss a value are off by up to the whole range of the target.
# Source: CatBoost documentation, nan_mode and "Exporting models" to Python.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "catboost==1.2.10" "onnxruntime==1.32.0" "numpy==2.4.6"

venv/bin/python - <<'PY'
import runpy
import sys
from importlib.metadata import version

import catboost
import numpy as np
import onnxruntime

onnxruntime.set_default_logger_severity(4)
random = np.random.default_rng(0)
rows = random.normal(size=(600, 3)).astype(np.float32)
rows[random.random(rows.shape) < 0.15] = np.nan
target = np.nan_to_num(rows[:, 0], nan=3.0) + np.nan_to_num(rows[:, 1], nan=3.0)
missing = np.isnan(rows).any(axis=1)

print("CatBoost", version("catboost"), "ONNX Runtime", version("onnxruntime"))
seen = {}
for mode in ("Min", "Max"):
    shared = {"iterations": 20, "depth": 4, "verbose": 0, "thread_count": 2, "allow_writing_files": False}
    model = catboost.CatBoostRegressor(nan_mode=mode, **shared).fit(rows, target)
    own = model.predict(rows)
    model.save_model("model.py", format="python")
    apply_model = runpy.run_path("model.py")["apply_catboost_model"]
    code = np.array([apply_model([float(value) for value in row], []) for row in rows])
    model.save_model("model.onnx", format="onnx")
    session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    onnx = session.run(None, {session.get_inputs()[0].name: rows})[-1].squeeze()
    far = np.abs(code - own)
    seen[mode] = (float(far[~missing].max()), float(far[missing].max()), float(np.abs(onnx - own).max()))
    print(f"{mode}: code differs by {seen[mode][0]:.2g} on complete rows, {seen[mode][1]:.2g} on others,", end=" ")
    print(f"ONNX by {seen[mode][2]:.2g}; range of the target {np.ptp(target):.1f}")
if max(seen["Min"]) > 1e-4 or seen["Max"][0] > 1e-4 or seen["Max"][2] > 1e-4:
    sys.exit("An export that was right is wrong now.")
if seen["Max"][1] < 1:
    sys.exit("The Python code honours nan_mode Max now.")
PY
echo "Seen: with nan_mode Max the exported Python code is wrong for rows that miss a value; ONNX is right."
