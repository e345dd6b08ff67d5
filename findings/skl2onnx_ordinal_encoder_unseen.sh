#!/usr/bin/env bash
# skl2onnx 1.20.0: a category that scikit-learn 1.9.1 refuses is encoded as -1 by the converted OrdinalEncoder.
#
# Expected: handle_unknown="error", the default, is kept: the ONNX model fails as transform() does. The converted
# OneHotEncoder with the same setting does fail.
# Seen: ONNX Runtime answers -1 for a category that was never seen, and a tree or a linear model behind it treats that
# as a category below the first one. scikit-learn raises ValueError for the same row.
# Why it matters: misspelt or new categories are the most frequent fault of incoming rows; the check that the pipeline
# relied on is gone after the export, and a prediction comes out.
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
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import StringTensorType
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

onnxruntime.set_default_logger_severity(4)
seen_rows = np.array([["low"], ["mid"], ["high"], ["low"]], dtype=object)
unseen = np.array([["hihg"]], dtype=object)
target = np.array([1.0, 2.0, 3.0, 1.0])


def answer(encoder) -> tuple[str, str]:
    model = make_pipeline(encoder, LinearRegression()).fit(seen_rows, target)
    try:
        own = str(model.predict(unseen)[0])
    except ValueError:
        own = "refused"
    graph = convert_sklearn(model, initial_types=[("rows", StringTensorType([None, 1]))])
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    try:
        onnx = str(session.run(None, {"rows": unseen})[0].item())
    except Exception as error:  # the class is private to ONNX Runtime
        print(type(error).__name__, str(error)[:70])
        onnx = "refused"
    return own, onnx


print("skl2onnx", version("skl2onnx"), "scikit-learn", version("scikit-learn"), "ONNX Runtime", version("onnxruntime"))
categories = [["low", "mid", "high"]]
one_hot = answer(OneHotEncoder(categories=categories, sparse_output=False))
ordinal = answer(OrdinalEncoder(categories=categories))
print("one-hot: scikit-learn", one_hot[0], "ONNX", one_hot[1])
print("ordinal: scikit-learn", ordinal[0], "ONNX", ordinal[1])
if one_hot != ("refused", "refused"):
    sys.exit("The one-hot encoder treats unseen categories in another way now.")
if ordinal[0] != "refused" or abs(float(ordinal[1])) > 1e-4:
    sys.exit("The ordinal encoder treats unseen categories in another way now.")
PY
echo "Seen: the ordinal encoder refuses an unseen category in scikit-learn and predicts in ONNX."
