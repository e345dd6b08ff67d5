#!/usr/bin/env bash
# onnxmltools 1.16.0 converts LightGBM 4.7.0: a random forest is summed instead of averaged, linear leaves become
# constants.
#
# Expected: boosting="rf" averages its trees, and linear_tree=true puts a small linear model into each leaf; a
# converter that cannot express one of them refuses it (treelite 4.8.1 refuses linear trees).
# Seen: both convert without a word. The ONNX model of a forest of 15 trees answers 15 times the prediction; as a
# classifier it is sure of everything. The ONNX model of linear trees answers the constant that LightGBM keeps beside
# each linear leaf.
# Why it matters: both are one-word options of the same library, and nothing in conversion, checker or runtime
# objects.
# Source: LightGBM parameters boosting and linear_tree.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "onnxmltools==1.16.0" "skl2onnx==1.20.0" "onnx==1.23.2" \
  "onnxruntime==1.32.0" "scikit-learn==1.9.1" "numpy==2.4.6" "lightgbm==4.7.0" "treelite==4.8.1"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import lightgbm
import numpy as np
import onnxmltools
import onnxruntime
import treelite
from onnxmltools.convert.common.data_types import FloatTensorType

onnxruntime.set_default_logger_severity(4)
random = np.random.default_rng(0)
rows = random.normal(size=(800, 3)).astype(np.float32)
target = 5 + 2 * rows[:, 0] + rows[:, 1] + random.normal(scale=0.3, size=800)
FOREST = {"objective": "regression", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}


def both(parameters: dict) -> tuple[lightgbm.Booster, np.ndarray, np.ndarray]:
    fixed = {"verbose": -1, "seed": 1, "num_threads": 2, "deterministic": True}
    model = lightgbm.train({**fixed, **parameters}, lightgbm.Dataset(rows, target), 15)
    types = [("rows", FloatTensorType([None, rows.shape[1]]))]
    graph = onnxmltools.convert_lightgbm(model, initial_types=types, zipmap=False)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return model, model.predict(rows), session.run(None, {"rows": rows})[-1].squeeze()


print("onnxmltools", version("onnxmltools"), "LightGBM", version("lightgbm"), "treelite", version("treelite"))
model, own, onnx = both(FOREST)
print("forest: LightGBM", own[:3].round(2), "ONNX", onnx[:3].round(2), "ratio", (onnx / own)[:3].round(3))
if not np.allclose(onnx, 15 * own, rtol=1e-3):
    sys.exit("The forest is no longer summed.")
tree = treelite.gtil.predict(treelite.frontend.from_lightgbm(model), rows.astype(np.float64)).squeeze()
if not np.allclose(tree, own, atol=1e-6):
    sys.exit("treelite no longer averages the forest.")
model, own, onnx = both({"objective": "regression", "linear_tree": True})
far = np.abs(onnx - own)
print("linear trees: LightGBM", own[:3].round(2), "ONNX", onnx[:3].round(2), "largest difference", far.max().round(2))
if not ((far > 1e-3).mean() > 0.9 and far.max() > 0.5):
    sys.exit("Linear trees are converted in another way now.")
try:
    treelite.frontend.from_lightgbm(model)
except treelite.TreeliteError:
    print("treelite refuses linear trees")
else:
    sys.exit("treelite takes linear trees now.")
PY
echo "Seen: a forest of 15 trees answers 15 times too much in ONNX, and linear leaves are lost."
