#!/usr/bin/env bash
# onnxmltools 1.16.0 converts XGBoost 3.2.0: for some objectives the last step of the prediction is left out.
#
# Expected: count:poisson, reg:gamma and reg:tweedie come with their exponential in ONNX (they do), so reg:logistic
# comes with its sigmoid, survival:cox with its exponential and multi:softmax with its softmax, or the converter
# refuses them as it refuses binary:logitraw.
# Seen: XGBRegressor(objective="reg:logistic") answers raw scores below 0 and above 1, survival:cox one more than the
# logarithm of the hazard ratio, and XGBClassifier(objective="multi:softmax") gives raw scores where predict_proba
# gives probabilities (its labels are right, so a test of labels passes).
# Why it matters: shares and rates (yield, load, defect rate) are modelled with reg:logistic; a service on the
# exported model answers with 1.6 for a share, or compares scores with probability thresholds.
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
score = rows[:, 0] + random.normal(scale=0.5, size=800)
SHARED = {"n_estimators": 20, "max_depth": 3, "n_jobs": 2}


def by_onnx(model) -> list[np.ndarray]:
    graph = onnxmltools.convert_xgboost(model, initial_types=[("rows", FloatTensorType([None, rows.shape[1]]))])
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return [np.asarray(answer).squeeze() for answer in session.run(None, {"rows": rows})]


print("onnxmltools", version("onnxmltools"), "XGBoost", version("xgboost-cpu"), "ONNX Runtime", version("onnxruntime"))
poisson = xgboost.XGBRegressor(objective="count:poisson", **SHARED).fit(rows, np.round(np.exp(score)))
if not np.allclose(by_onnx(poisson)[-1], poisson.predict(rows), atol=1e-3):
    sys.exit("count:poisson is converted wrongly now.")
share = xgboost.XGBRegressor(objective="reg:logistic", **SHARED).fit(rows, 1 / (1 + np.exp(-score)))
own, onnx = share.predict(rows), by_onnx(share)[-1]
print("reg:logistic: XGBoost", own.min().round(3), "to", own.max().round(3), "ONNX", onnx.min(), "to", onnx.max())
if onnx.max() <= 1:
    sys.exit("reg:logistic answers shares now.")
hazard = xgboost.XGBRegressor(objective="survival:cox", **SHARED).fit(rows, np.exp(-score) + 0.1)
own, onnx = hazard.predict(rows), by_onnx(hazard)[-1]
print("survival:cox: XGBoost", own[:3].round(3), "ONNX", onnx[:3].round(3), "its exponential", np.exp(onnx[:3]).round(3))
if own.min() <= 0 or onnx.min() >= 0:
    sys.exit("survival:cox is converted in another way now.")
classes = xgboost.XGBClassifier(objective="multi:softmax", **SHARED).fit(rows, np.digitize(score, [-0.5, 0.5]))
labels, scores = by_onnx(classes)
print("multi:softmax: XGBoost", classes.predict_proba(rows)[0].round(3), "ONNX", scores[0].round(3))
if (labels != classes.predict(rows)).any():
    sys.exit("The labels of multi:softmax differ now.")
if scores.min() >= 0:
    sys.exit("multi:softmax answers probabilities now.")
PY
echo "Seen: reg:logistic, survival:cox and multi:softmax answer raw scores in ONNX; count:poisson is right."
