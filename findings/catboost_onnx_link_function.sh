#!/usr/bin/env bash
# CatBoost 1.2.10: a model for counts predicts logarithms once it is saved, depending on how it is read.
#
# Expected: save_model() keeps what the model predicts; a format that cannot (ONNX for several targets) is an error.
# Seen: CatBoostRegressor(loss_function="Poisson") and "Tweedie" predict expected values. Their ONNX export answers
# the logarithm of that, below 0 for small counts; so does CatBoost().load_model() of the native file, while
# CatBoostRegressor().load_model() of the same file is right. A MultiClassOneVsAll classifier's independent
# probabilities become a softmax in ONNX.
# Why it matters: a demand or claim forecast served from the export is too small by an exponential, and the values
# look plausible for rates near 1. The class chosen to load a file changes its answers, although the file knows its
# loss.
# Source: CatBoost documentation, prediction_type Exponent for Poisson and Tweedie; model export to ONNX.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "catboost==1.2.10" "onnxruntime==1.32.0" "numpy==2.4.6"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import catboost
import numpy as np
import onnxruntime

onnxruntime.set_default_logger_severity(4)
random = np.random.default_rng(0)
rows = random.normal(size=(800, 3)).astype(np.float32)
counts = random.poisson(np.exp(rows[:, 0] - 0.5))
SHARED = {"iterations": 20, "depth": 3, "verbose": 0, "thread_count": 2, "allow_writing_files": False}


def by_onnx(model) -> np.ndarray:
    model.save_model("model.onnx", format="onnx")
    session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    answer = session.run(None, {session.get_inputs()[0].name: rows})[-1]
    if isinstance(answer, list):
        return np.array([[row[key] for key in sorted(row)] for row in answer])
    return np.asarray(answer).squeeze()


print("CatBoost", version("catboost"), "ONNX Runtime", version("onnxruntime"))
for loss in ("Poisson", "Tweedie:variance_power=1.5"):
    model = catboost.CatBoostRegressor(loss_function=loss, **SHARED).fit(rows, counts)
    model.save_model("model.cbm")
    own, onnx = model.predict(rows), by_onnx(model)
    plain = catboost.CatBoost().load_model("model.cbm").predict(rows)
    typed = catboost.CatBoostRegressor().load_model("model.cbm").predict(rows)
    print(loss, "CatBoostRegressor", own[:3].round(3), "ONNX", onnx[:3].round(3), "CatBoost", plain[:3].round(3))
    if not np.allclose(typed, own):
        sys.exit("The regressor read from its own file predicts otherwise now.")
    if not (np.allclose(np.exp(onnx), own, rtol=1e-3) and np.allclose(np.exp(plain), own)):
        sys.exit("The exponential is treated in another way now.")
classes = np.digitize(rows[:, 0], [-0.5, 0.5])
model = catboost.CatBoostClassifier(loss_function="MultiClassOneVsAll", **SHARED).fit(rows, classes)
own, onnx = model.predict_proba(rows), by_onnx(model)
print("MultiClassOneVsAll: sums of probabilities", own.sum(axis=1)[:3].round(3), "ONNX", onnx.sum(axis=1)[:3].round(3))
if not np.allclose(onnx.sum(axis=1), 1) or np.abs(own - onnx).max() < 0.05:
    sys.exit("One-against-all probabilities are exported in another way now.")
PY
echo "Seen: ONNX and the base class answer logarithms for counts, and one-against-all becomes softmax."
