#!/usr/bin/env bash
# skl2onnx 1.20.0: three converted transformers of scikit-learn 1.9.1 answer otherwise: PowerTransformer, Normalizer,
# SimpleImputer.
#
# Expected: a converter of fixed formulas gives the same numbers, or refuses an option.
# Seen: PowerTransformer keeps NaN in scikit-learn; in ONNX a NaN becomes an ordinary number, so an imputer behind it
# has nothing left to fill. Normalizer(norm="max") divides by the largest absolute value; in ONNX by the largest
# value, so rows of negative numbers change sign and size. SimpleImputer(add_indicator=True) answers half of the
# columns: the indicators are left out.
# Why it matters: all three stand at the front of pipelines, where missing values and signs matter; complete and
# positive test rows show nothing.
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
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import Normalizer, PowerTransformer

onnxruntime.set_default_logger_severity(4)
random = np.random.default_rng(0)
rows = random.normal(size=(300, 3)).astype(np.float32)
holed = rows.copy()
holed[random.random(rows.shape) < 0.2] = np.nan


def both(transformer, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    transformer.fit(table)
    graph = to_onnx(transformer, table[:1])
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return transformer.transform(table), session.run(None, {session.get_inputs()[0].name: table})[0]


print("skl2onnx", version("skl2onnx"), "scikit-learn", version("scikit-learn"), "ONNX Runtime", version("onnxruntime"))
own, onnx = both(PowerTransformer(), holed)
print("PowerTransformer: missing in scikit-learn", int(np.isnan(own).sum()), "in ONNX", int(np.isnan(onnx).sum()))
if not np.isnan(own).any() or np.isnan(onnx).any() or np.abs(own - onnx)[~np.isnan(own)].max() > 1e-3:
    sys.exit("PowerTransformer is converted in another way now.")
own, onnx = both(Normalizer(norm="max"), np.array([[-4.0, 1.0, 2.0], [1.0, 2.0, 4.0]], dtype=np.float32))
print("Normalizer: scikit-learn", own.tolist(), "ONNX", onnx.tolist())
if own.tolist() != [[-1.0, 0.25, 0.5], [0.25, 0.5, 1.0]] or onnx.tolist() != [[-2.0, 0.5, 1.0], [0.25, 0.5, 1.0]]:
    sys.exit("Normalizer is converted in another way now.")
own, onnx = both(SimpleImputer(add_indicator=True), holed)
print("SimpleImputer: columns in scikit-learn", own.shape[1], "in ONNX", onnx.shape[1])
if (own.shape[1], onnx.shape[1]) != (6, 3):
    sys.exit("SimpleImputer is converted in another way now.")
PY
echo "Seen: NaN becomes a number, the sign of the largest value is forgotten, indicators are left out."
