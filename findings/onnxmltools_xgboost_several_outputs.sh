#!/usr/bin/env bash
# onnxmltools 1.16.0 converts XGBoost 3.2.0: a model with several quantiles or targets puts all trees into the first
# output.
#
# Expected: three quantiles (quantile_alpha=[0.1, 0.5, 0.9]) or two targets arrive as three or two columns with their
# values, or the converter refuses such a model (it does for multi_strategy="multi_output_tree").
# Seen: the ONNX model answers with the right number of columns; the first is a sum over the trees of all outputs and
# the others are exactly 0. Neither conversion nor loading objects.
# Why it matters: prediction intervals from one quantile model are the usual way to serve uncertainty; here the upper
# bound is 0 and the "lower bound" is above or below it as the data will have it.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "onnxmltools==1.16.0" "skl2onnx==1.20.0" "onnx==1.23.2" \
  "onnxruntime==1.32.0" "scikit-learn==1.9.1" "numpy==2.4.6" "xgboost-cpu==3.2.0" "pandas==3.1.1"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
import onnxmltools
import onnxruntime
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

onnxruntime.set_default_logger_severity(4)
random = np.random.default_rng(0)
rows = random.normal(size=(800, 3)).astype(np.float32)
target = 10 + rows[:, 0] + random.normal(size=800)
SHARED = {"n_estimators": 20, "max_depth": 3, "n_jobs": 2}
MODELS = {
    "three quantiles": xgboost.XGBRegressor(objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9], **SHARED),
    "two targets": xgboost.XGBRegressor(**SHARED),
}
LABELS = {"three quantiles": target, "two targets": np.column_stack([target, 2 * target])}
print("onnxmltools", version("onnxmltools"), "XGBoost", version("xgboost-cpu"), "ONNX Runtime", version("onnxruntime"))
for name, model in MODELS.items():
    model.fit(rows, LABELS[name])
    graph = onnxmltools.convert_xgboost(model, initial_types=[("rows", FloatTensorType([None, rows.shape[1]]))])
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    own, onnx = model.predict(rows), session.run(None, {"rows": rows})[-1]
    print(name, "XGBoost", own[0].round(2), "ONNX", onnx[0].round(2))
    if onnx.shape != own.shape:
        sys.exit(f"The shape of {name} changed to {onnx.shape}.")
    if onnx[:, 1:].any() or np.allclose(onnx[:, 0], own[:, 0], atol=1e-2):
        sys.exit(f"The outputs of {name} are filled in another way now.")
PY
echo "Seen: every output but the first is 0, and the first is not the first quantile or target."
