#!/usr/bin/env bash
# skl2onnx 1.20.0 converts scikit-learn 1.9.1 forests and trees that learnt from missing values into models that
# ignore that.
#
# Expected: DecisionTree, RandomForest and ExtraTrees handle NaN since scikit-learn 1.3 to 1.6: each split has learnt
# on which side missing values go. A converter keeps that (ONNX trees have an attribute for it) or refuses such a
# model.
# Seen: the conversion succeeds; rows without missing values agree, nearly every row with one gets another
# probability. NaN goes to one fixed side in ONNX.
# Why it matters: forests are the models one exports most, and the pipeline without an imputer is the reason for using
# their handling of NaN; a comparison on complete rows shows no difference.
# Source: scikit-learn user guide, missing values support of trees; ONNX operator nodes_missing_value_tracks_true.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "skl2onnx==1.20.0" "onnx==1.23.2" "onnxruntime==1.32.0" \
  "scikit-learn==1.9.1" "numpy==2.4.6"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

onnxruntime.set_default_logger_severity(4)
random = np.random.default_rng(0)
rows = random.normal(size=(1000, 3)).astype(np.float32)
label = (rows.sum(axis=1) > 0).astype(int)
rows[random.random(rows.shape) < 0.2] = np.nan
missing = np.isnan(rows).any(axis=1)
MODELS = (
    DecisionTreeClassifier(max_depth=4, random_state=0),
    RandomForestClassifier(20, max_depth=4, random_state=0),
    ExtraTreesClassifier(20, max_depth=4, random_state=0),
)
print("skl2onnx", version("skl2onnx"), "scikit-learn", version("scikit-learn"), "ONNX Runtime", version("onnxruntime"))
for model in MODELS:
    model.fit(rows, label)
    graph = to_onnx(model, rows[:1], options={"zipmap": False})
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    onnx = session.run(None, {session.get_inputs()[0].name: rows})[1][:, 1]
    far = np.abs(onnx - model.predict_proba(rows)[:, 1])
    share = float((far[missing] > 1e-3).mean())
    name = type(model).__name__
    print(f"{name}: difference on complete rows {far[~missing].max():.1g}, on others {far[missing].max():.2f};", end=" ")
    print(f"{share:.0%} of the rows with a missing value differ")
    if far[~missing].max() > 1e-4:
        sys.exit(f"{name} is converted wrongly for complete rows now.")
    if share < 0.2:
        sys.exit(f"{name} keeps the side of missing values now.")
PY
echo "Seen: complete rows agree, nearly all rows with a missing value get another probability."
