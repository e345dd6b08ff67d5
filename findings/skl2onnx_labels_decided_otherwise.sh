#!/usr/bin/env bash
# skl2onnx 1.20.0 decides labels otherwise than two classifiers of scikit-learn 1.9.1, with equal probabilities.
#
# Expected: the label of the converted model is the one of predict(). A classifier whose threshold was tuned keeps it,
# or is refused, as FixedThresholdClassifier is.
# Seen: TunedThresholdClassifierCV is converted without its threshold: it was tuned for recall to nearly 0 and calls
# every row positive, the ONNX model a third of them. SGDClassifier(loss="modified_huber") with three classes gives
# equal probabilities for rows that are on no class's side; predict() takes the nearest class, the ONNX model another
# one: a quarter of the labels differ. The probabilities agree to 1e-6 in both. No warning.
# Why it matters: whoever compares the probabilities finds nothing. The threshold is what was tuned to the costs of a
# missed alarm, and the model in service misses them again.
# Source: scikit-learn user guide, "Tuning the decision threshold".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "skl2onnx==1.20.0" "onnx==1.23.2" "onnxruntime==1.32.0" "scikit-learn==1.9.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import TunedThresholdClassifierCV

random = np.random.default_rng(0)
rows, others = (random.normal(size=(400, 3)).astype("float32") for _ in range(2))
target = rows[:, 0] * 2 + rows[:, 1]
print({name: version(name) for name in ("skl2onnx", "onnxruntime", "scikit-learn")})
models = {
    "tuned threshold": TunedThresholdClassifierCV(LogisticRegression(), scoring="recall").fit(rows, target > 1),
    "modified huber": SGDClassifier(loss="modified_huber", random_state=0).fit(rows, np.digitize(target, [-1, 1])),
    "logistic": SGDClassifier(loss="log_loss", random_state=0).fit(rows, np.digitize(target, [-1, 1])),
}
for name, model in models.items():
    onnx = to_onnx(model, rows[:1], options={id(model): {"zipmap": False}}).SerializeToString()
    session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    labels, probabilities = session.run(None, {session.get_inputs()[0].name: others})
    other = float((labels != model.predict(others)).mean())
    difference = float(np.abs(probabilities - model.predict_proba(others)).max())
    print(f"{name}: {other:.0%} other labels, probabilities differ by {difference:.2g}")
    if difference > 1e-4:
        raise SystemExit(f"Changed: the probabilities of {name} differ.")
    if (other > 0.1) != (name != "logistic"):
        raise SystemExit(f"Changed: the labels of {name} are decided otherwise now.")
EOF
